"""The rows: each runs its sides in turn, compares what they answer, and returns the figures."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import agree, photographs, zoo
from .backends import Setting
from .environment import variables
from .record import Row, side
from .sides import Images, Peer, Program, Ptrun, Side

FP32_PEERS = ("eager", "eager channels_last", "TorchScript", "TorchScript frozen", "ONNX Runtime", "OpenVINO")
BF16_PEERS = ("eager", "TorchScript frozen", "OpenVINO")
SETTLED, CONTENDING = 3, 1.5  # after so many rounds, who is so many times as slow as the fastest rests
PROCESS_PEERS = ("TorchScript", "ONNX Runtime", "OpenVINO", "OpenVINO cached")


@dataclass(frozen=True)
class Bench:
    """What all rows need."""

    folder: Path
    python: Path
    program: Path
    optimize: str
    threads: int
    rounds: int
    seconds: float
    photos: list[Path]

    def setting(self, model: str, precision: str, batch: int) -> Setting:
        """Return what a peer is told."""
        return Setting(str(self.folder), model, precision, self.threads, batch)

    def ptrun(self, model: str, precision: str, batch: int) -> Program:
        """Return our side's program."""
        return Program(self.program, self.folder / f"{model}.pt", precision, self.threads, batch)

    def images(self, count: int) -> Images:
        """Return photographs that the models were not made from."""
        paths = self.photos[zoo.SEEN : zoo.SEEN + count]
        names, tensors = self.folder / f"images-{count}.txt", self.folder / f"images-{count}.npy"
        names.write_text("".join(f"{path}\n" for path in paths))
        np.save(tensors, photographs.tensors(paths).numpy())
        return Images(paths, names, tensors)


def forward(bench: Bench, model: str, precision: str, batch: int) -> Row:
    """Run one batch after the other, without images being read: milliseconds a batch."""
    images = bench.images(16)
    ours = Ptrun(bench.ptrun(model, precision, batch), bench.optimize, images)
    with ExitStack() as stack:
        sides: list[Side] = [ours]
        for name in FP32_PEERS if precision == "fp32" else BF16_PEERS:
            peer = Peer(bench.python, name, bench.setting(model, precision, batch))
            sides.append(stack.enter_context(closing(peer)))
        agreements = compare(bench, sides, model, precision, images)
        samplers = {one.name: _sampler(one, images, bench.seconds) for one in sides}
        times = in_turn(bench.rounds, samplers, CONTENDING)
    found = {name: side(values, agreement=agreements[name]) for name, values in times.items()}
    found["ptrun"]["note"] = ours.preparation
    return make_row(("forward", model, precision, batch), bench, found)


def _sampler(one: Side, images: Images, seconds: float) -> Callable[[], float]:
    return lambda: one.sample(images, seconds)


def compare(
    bench: Bench, sides: Sequence[Side], model: str, precision: str, images: Images
) -> dict[str, agree.Agreement]:
    """Compare every side with PyTorch's eager fp32 forward; raises DisagreementError."""
    with closing(Peer(bench.python, "eager", bench.setting(model, "fp32", 8))) as peer:
        reference = peer.logits(images)
    found = {one.name: agree.compare(reference, one.logits(images)) for one in sides}
    for name, agreement in found.items():
        agree.check(f"{model}: {name}", precision, agreement)
    return found


def in_turn(
    rounds: int, samplers: dict[str, Callable[[], float]], contending: float | None = None
) -> dict[str, list[float]]:
    """Call all in turn, forth and back so that none is always first; return what each gave in each round.

    `contending`: after three rounds only those go on whose median is not so many times the lowest.
    """
    found: dict[str, list[float]] = {name: [] for name in samplers}
    order = list(samplers)
    for number in range(rounds):
        for name in order if number % 2 == 0 else reversed(order):
            found[name].append(samplers[name]())
        if contending and number + 1 == SETTLED:
            medians = {name: statistics.median(values) for name, values in found.items()}
            order = [name for name in order if medians[name] < contending * min(medians.values())]
    return found


def quantised(bench: Bench, batch: int) -> Row:
    """Run the int8 archive against the fp32 one, both by `ptrun`."""
    images = bench.images(16)
    archives = {"ptrun fp32": "resnet50", "ptrun int8": zoo.QUANTISED}
    sides = {
        name: Ptrun(bench.ptrun(model, "fp32", batch), bench.optimize, images)
        for name, model in archives.items()
    }
    agreement = agree.compare(*(one.logits(images) for one in sides.values()))
    times = in_turn(bench.rounds, {name: _sampler(one, images, bench.seconds) for name, one in sides.items()})
    found = {name: side(values, sides[name].preparation) for name, values in times.items()}
    found["ptrun int8"] |= side(times["ptrun int8"], sides["ptrun int8"].preparation, agreement)
    return make_row(("int8", "resnet50", "int8", batch), bench, found)


def one_image(bench: Bench, model: str) -> Row:
    """Run one photograph as a process, from its start to its end: milliseconds."""
    photograph = str(bench.photos[zoo.SEEN])
    setting = bench.setting(model, "fp32", 1)
    commands = {
        "ptrun": [
            *(str(bench.program), "classify", str(bench.folder / f"{model}.pt"), photograph),
            *("--threads", str(bench.threads)),
        ]
    }
    for name in PROCESS_PEERS:
        words = [name, json.dumps(asdict(setting)), photograph]
        commands[name] = [str(bench.python), "-m", "ptrun_peers.one_image", *words]
    first = {name: _best_class(_printed(command)) for name, command in commands.items()}
    if len(set(first.values())) != 1:
        raise agree.DisagreementError(f"{model}: best classes differ: {first}")
    times = in_turn(
        max(bench.rounds, 5), {name: _process_timer(command) for name, command in commands.items()}
    )
    found = {name: side(values) for name, values in times.items()}
    return make_row(("process", model, "fp32", 1), bench, found)


def _printed(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables())
    if done.returncode != 0:
        sys.exit(f"peers: {' '.join(command[:4])} failed: {done.stderr[-2000:]}")
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def _best_class(printed: dict[str, Any]) -> int:
    return int(printed["top"][0]["index"] if "top" in printed else printed["index"][0])


def _process_timer(command: list[str]) -> Callable[[], float]:
    def run() -> float:
        begun = time.perf_counter()
        _printed(command)
        return (time.perf_counter() - begun) * 1000

    return run


def make_row(name: tuple[str, str, str, int], bench: Bench, sides: dict[str, Any]) -> Row:
    """Return a row: its kind, model, precision and batch, and its sides."""
    kind, model, precision, batch = name
    return {
        "kind": kind,
        "model": model,
        "precision": precision,
        "batch": batch,
        "unit": "images/s" if kind == "folder" else "ms",
        "rounds": bench.rounds,
        "sides": sides,
    }
