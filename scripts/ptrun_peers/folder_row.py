"""The row of a folder: photographs from files to their best classes, start-up apart."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from . import agree
from .environment import variables
from .folder import Mark, Pass
from .record import Row, side
from .rows import Bench, in_turn, make_row

LOADERS = ("loop", "threads 1", "threads 2", "processes 1", "processes 2")
SIDE_BY_SIDE = "side by side"
PEERS = {
    "fp32": ("eager", "eager channels_last", "TorchScript frozen", "ONNX Runtime", "OpenVINO"),
    "bf16": ("TorchScript frozen", "OpenVINO"),
}
PAIRED = ("eager channels_last", "ONNX Runtime", "OpenVINO")  # also run two at a time, with one thread each
TRIAL = 128  # so many photographs find the best loader
FIRST, LAST = 0.2, 0.9  # of a list: between these, every side is in full swing


def rate(marks: list[Mark]) -> float:
    """Return images per second where every side is in full swing: queues are full at both ends."""
    total = marks[-1][0]
    begin = next(mark for mark in marks if mark[0] >= FIRST * total)
    end = next(mark for mark in reversed(marks) if mark[0] <= LAST * total)
    return (end[0] - begin[0]) / (end[1] - begin[1])


@dataclass(frozen=True)
class Folder:
    """A model in a precision, and photographs; every pass over them must find the same classes."""

    bench: Bench
    model: str
    precision: str
    batch: int
    best: dict[str, int]  # what `ptrun` found in fp32

    def names(self, count: int) -> Path:
        """Write a list of photographs in full batches: some peers take no others."""
        path = self.bench.folder / f"folder-{count}.txt"
        photos = self.bench.photos[: count // self.batch * self.batch]
        path.write_text("\n".join(map(str, photos)))
        return path

    def check(self, side_name: str, found: Pass) -> float:
        """Return the rate of a pass; raises DisagreementError where its classes are others."""
        if not self.best:
            self.best.update(found.best)
        same = sum(self.best[name] == best for name, best in found.best.items()) / len(found.best)
        agree.check(f"{self.model}, folder: {side_name}", self.precision, agree.Agreement(0.0, same))
        return rate(found.marks)

    def peer(self, name: str, loader: str, photos: int) -> float:
        """Return the rate of a peer."""
        setting = self.bench.setting(self.model, self.precision, self.batch)
        words = [
            name.removesuffix(f" {SIDE_BY_SIDE}"),
            json.dumps(asdict(setting)),
            loader,
            str(self.names(photos)),
        ]
        command = [str(self.bench.python), "-m", "ptrun_peers.folder", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables())
        if done.returncode != 0:
            sys.exit(f"peers: {name} failed on a folder: {done.stderr[-2000:]}")
        return self.check(name, Pass(**json.loads(done.stdout)))

    def ptrun(self, precision: str) -> float:
        """Return our rate, from when each record came; the plan is the program's own."""
        names = self.names(len(self.bench.photos))
        words = ["--files-from", str(names), "--batch", str(self.batch), "--precision", precision, "-q"]
        model = str(self.bench.folder / f"{self.model}.pt")
        command = [str(self.bench.program), "classify", model, *words, "--optimize", self.bench.optimize]
        found = Pass()
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for line in process.stdout:
                moment, record = time.monotonic(), json.loads(line)
                found.best[record["path"]] = record["top"][0]["index"]
                found.marks.append((len(found.best), moment))
        if process.returncode != 0:
            sys.exit(f"peers: ptrun ended with {process.returncode}")
        return self.check("ptrun", found)


def folder(bench: Bench, model: str, precision: str, batch: int = 8) -> Row:
    """Run all sides.

    A round with every loader over some photographs finds the best of each peer; only these count.
    """
    task = Folder(bench, model, precision, batch, {})
    task.ptrun("fp32")  # also for bf16: the classes that the others are held against
    photos = len(bench.photos)
    samplers: dict[str, Callable[[], float]] = {"ptrun": lambda: task.ptrun(precision)}
    notes = {"ptrun": ""}
    for peer in PEERS[precision]:
        tried = {loader: round(task.peer(peer, loader, min(photos, TRIAL))) for loader in LOADERS}
        print(f"peers: {peer}, images/s: {tried}", file=sys.stderr, flush=True)
        notes[peer] = max(tried, key=lambda loader: tried[loader])
        samplers[peer] = _sampler(task, peer, notes[peer], photos)
        if peer in PAIRED:
            pair = f"{peer} {SIDE_BY_SIDE}"
            notes[pair] = ""
            samplers[pair] = _sampler(task, pair, f"{SIDE_BY_SIDE} 2", photos)
    times = in_turn(bench.rounds, samplers)
    found = {name: side(values, notes[name]) for name, values in times.items()}
    return make_row(("folder", model, precision, batch), bench, found)


def _sampler(task: Folder, peer: str, loader: str, photos: int) -> Callable[[], float]:
    return lambda: task.peer(peer, loader, photos)
