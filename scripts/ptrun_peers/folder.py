"""One peer goes over a list of photographs and notes when each batch was done, and the best classes.

usage: python -m ptrun_peers.folder BACKEND SETTING LOADER LIST

LOADER says how photographs are prepared while the model runs:

  loop          by the thread that runs the model, in turn with it
  threads N     by N threads
  processes N   by N workers of PyTorch's DataLoader
  side by side N   N threads, each of which prepares its batches and runs them with one engine thread
"""

import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from .backends import BACKENDS, Floats, Setting
from .prepare import Prepare, with_numpy, with_torchvision
from .serve import quiet_output

AHEAD = 4  # batches that are prepared before they are asked for

Mark = tuple[int, float]  # images done, seconds of the monotonic clock


def chunks(names: list[str], batch: int) -> list[list[str]]:
    """Cut the list into batches."""
    return [names[at : at + batch] for at in range(0, len(names), batch)]


def by_loop(names: list[str], batch: int, prepare: Prepare) -> Iterator[Floats]:
    """Prepare each batch when it is asked for."""
    for chunk in chunks(names, batch):
        yield np.stack([prepare(name) for name in chunk])


def by_threads(names: list[str], batch: int, prepare: Prepare, count: int) -> Iterator[Floats]:
    """Prepare some batches ahead."""
    with ThreadPoolExecutor(count) as pool:
        waiting: deque[list[Future[Floats]]] = deque()
        for chunk in chunks(names, batch):
            waiting.append([pool.submit(prepare, name) for name in chunk])
            if len(waiting) > AHEAD:
                yield np.stack([image.result() for image in waiting.popleft()])
        while waiting:
            yield np.stack([image.result() for image in waiting.popleft()])


class Photographs:
    """A data set for DataLoader."""

    def __init__(self, names: list[str], prepare: Prepare) -> None:
        self.names, self.prepare = names, prepare

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.names)

    def __getitem__(self, index: int) -> Floats:
        """Return one as a tensor."""
        return self.prepare(self.names[index])


def by_processes(names: list[str], batch: int, prepare: Prepare, count: int) -> Iterator[Floats]:
    """Let PyTorch's DataLoader prepare, whose workers hand over through shared memory."""
    import torch

    images: Any = Photographs(names, prepare)
    for tensors in torch.utils.data.DataLoader(images, batch, num_workers=count, prefetch_factor=AHEAD):
        yield tensors.numpy()


@dataclass
class Pass:
    """What one pass leaves: marks, the first when the model is loaded and warm, and a class for each name."""

    marks: list[Mark] = field(default_factory=list)
    best: dict[str, int] = field(default_factory=dict)

    def begin(self) -> None:
        """Set the first mark."""
        self.marks.append((0, time.monotonic()))

    def take(self, chunk: list[str], logits: Floats) -> None:
        """Note what came out for a batch."""
        self.best |= zip(chunk, (row[0] for row in best_five(logits)), strict=True)
        self.marks.append((len(self.best), time.monotonic()))


def go(backend: str, setting: Setting, loader: str, names: list[str], prepare: Prepare) -> Pass:
    """Run all photographs through the model."""
    kind, _, number = loader.rpartition(" ") if loader != "loop" else ("loop", "", "0")
    count = int(number)
    if kind == "side by side":
        return side_by_side(backend, setting, names, prepare, count)
    forward = BACKENDS[backend](setting)
    warm = np.stack([prepare(name) for name in names[: setting.batch]])
    forward(warm), forward(warm)
    if kind == "loop":
        source = by_loop(names, setting.batch, prepare)
    else:
        source = (by_threads if kind == "threads" else by_processes)(names, setting.batch, prepare, count)
    found = Pass()
    found.begin()
    for chunk, images in zip(chunks(names, setting.batch), source, strict=True):
        found.take(chunk, forward(images))
    return found


def side_by_side(backend: str, setting: Setting, names: list[str], prepare: Prepare, count: int) -> Pass:
    """Let each of `count` threads take the next batch, prepare it and run it."""
    alone = replace(setting, threads=1)
    forwards = [BACKENDS[backend](alone) for _ in range(count)]
    warm = np.stack([prepare(name) for name in names[: setting.batch]])
    for forward in forwards:
        forward(warm), forward(warm)
    waiting = deque(chunks(names, setting.batch))
    found, lock = Pass(), Lock()

    def work(number: int) -> None:
        while True:
            try:
                chunk = waiting.popleft()
            except IndexError:
                return
            logits = forwards[number](np.stack([prepare(name) for name in chunk]))
            with lock:
                found.take(chunk, logits)

    found.begin()
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(work, range(count)))
    return found


def best_five(logits: Floats) -> list[list[int]]:
    """Return the five best classes of each image, the best first."""
    best = np.argsort(-logits, 1)[:, :5]
    listed: list[list[int]] = best.tolist()
    return listed


def main(backend: str, described: str, loader: str, names: str) -> None:
    """Print the marks and the classes."""
    replies = quiet_output()
    setting = Setting(**json.loads(described))
    uses_torch = backend not in ("ONNX Runtime", "OpenVINO")
    prepare = with_torchvision() if uses_torch else with_numpy
    found = go(backend, setting, loader, Path(names).read_text().split("\n"), prepare)
    print(json.dumps(asdict(found)), file=replies, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
