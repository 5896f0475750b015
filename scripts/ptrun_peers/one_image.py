"""One peer, one photograph, one process: load, prepare, forward, print the best classes.

usage: python -m ptrun_peers.one_image BACKEND SETTING PHOTOGRAPH
"""

import json
import sys

import numpy as np

from .backends import BACKENDS, Setting
from .prepare import with_numpy


def main(backend: str, described: str, photograph: str) -> None:
    """Print the indices and probabilities of the five best classes."""
    forward = BACKENDS[backend](Setting(**json.loads(described)))
    logits = forward(np.ascontiguousarray(with_numpy(photograph)[None]))[0]
    powers = np.exp(logits - logits.max())
    best = np.argsort(-logits)[:5]
    print(json.dumps({"index": best.tolist(), "score": (powers / powers.sum())[best].tolist()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
