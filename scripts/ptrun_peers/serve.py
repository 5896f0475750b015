"""One peer as a process that loads its model once and then does what it is told, line by line, in JSON.

usage: python -m ptrun_peers.serve BACKEND SETTING

Orders on standard input: {"images": FILE.npy, "logits": FILE.npy} runs all images in batches and writes what
came out; {"images": FILE.npy, "seconds": S} runs the first batch again and again. Each gets one line of
reply: milliseconds of every forward, or an empty list, which also says that the model is loaded.
"""

import json
import os
import sys
import time
from typing import Any, TextIO

import numpy as np

from .backends import BACKENDS, Floats, Forward, Setting

WARM_UPS, LEAST = 3, 3


def logits_of(forward: Forward, images: Floats, batch: int) -> Floats:
    """Return the logits of all images, in batches."""
    parts = [np.array(forward(images[at : at + batch])) for at in range(0, len(images), batch)]
    return np.concatenate(parts).astype(np.float32)


def time_forward(forward: Forward, images: Floats, seconds: float) -> list[float]:
    """Return the milliseconds of each forward; the first ones wake threads and caches and do not count."""
    for _ in range(WARM_UPS):
        forward(images)
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < LEAST:
        begun = time.perf_counter()
        forward(images)
        times.append((time.perf_counter() - begun) * 1000)
    return times


def obey(order: dict[str, Any], forward: Forward, batch: int) -> list[float]:
    """Carry out one order; return its reply."""
    images: Floats = np.load(order["images"])
    if "seconds" in order:
        return time_forward(forward, images[:batch], order["seconds"])
    np.save(order["logits"], logits_of(forward, images, batch))
    return []


def quiet_output() -> TextIO:
    """Return standard output for replies alone: what libraries print goes to standard error."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return replies


def main(backend: str, described: str) -> None:
    """Load, then obey until standard input ends."""
    replies = quiet_output()
    setting = Setting(**json.loads(described))
    forward = BACKENDS[backend](setting)
    print("[]", file=replies, flush=True)
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line), forward, setting.batch)), file=replies, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
