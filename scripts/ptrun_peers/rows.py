"""The rows: each runs its sides in turn, compares what they answer, and returns the figures."""

import json
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
PROCESS_PEERS = ("TorchScript", "ONNX Runtime", "OpenVINO", "OpenVINO cached")
FOLDER_PEERS = {
    "fp32": ("eager", "eager channels_last", "TorchScript frozen", "ONNX Runtime", "OpenVINO"),
    "bf16": ("TorchScript frozen", "OpenVINO"),
}
LOADERS = ("loop", "threads 1", "threads 2", "processes 1", "processes 2", "side by side 2")
TRIAL = 3  # this part of the photographs finds the best loader
FIRST, LAST = 0.2, 0.9  # of a list: between these, every side is in full swing


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
        times = in_turn(bench.rounds, {one.name: _sampler(one, images, bench.seconds) for one in sides})
    found = {name: side(values, agreement=agreements[name]) for name, values in times.items()}
    found["ptrun"]["note"] = ours.preparation
    return _row(("forward", model, precision, batch), bench, found)


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


def in_turn(rounds: int, samplers: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Call all in turn, forth and back so that none is always first; return what each gave in each round."""
    found: dict[str, list[float]] = {name: [] for name in samplers}
    for number in range(rounds):
        order = list(samplers)
        for name in order if number % 2 == 0 else reversed(order):
            found[name].append(samplers[name]())
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
    return _row(("int8", "resnet50", "int8", batch), bench, found)


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
    return _row(("process", model, "fp32", 1), bench, found)


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


Marks = list[tuple[int, float]]  # images done, seconds of the monotonic clock


def rate(marks: Marks) -> float:
    """Return images per second where every side is in full swing: queues are full at both ends."""
    total = marks[-1][0]
    begin = next(mark for mark in marks if mark[0] >= FIRST * total)
    end = next(mark for mark in reversed(marks) if mark[0] <= LAST * total)
    return (end[0] - begin[0]) / (end[1] - begin[1])


def folder(bench: Bench, model: str, precision: str, batch: int = 8) -> Row:
    """Run photographs from files to their best classes, start-up apart: images per second.

    A round with every loader over some of them finds the best of each peer; only these count.
    """
    names = _list(bench, len(bench.photos), batch)
    some = _list(bench, len(bench.photos) // TRIAL, batch)
    setting = bench.setting(model, precision, batch)
    samplers = {"ptrun": lambda: _ptrun_rate(bench, model, precision, batch, names)}
    notes = {"ptrun": ""}
    for peer in FOLDER_PEERS[precision]:
        tried = {loader: round(_peer_rate(bench, peer, setting, loader, some)) for loader in LOADERS}
        best = max(tried, key=lambda loader: tried[loader])
        print(f"peers: {peer}: {tried}", file=sys.stderr, flush=True)
        samplers[peer], notes[peer] = _peer_sampler(bench, peer, setting, best, names), best
    times = in_turn(bench.rounds, samplers)
    found = {name: side(values, notes[name]) for name, values in times.items()}
    return _row(("folder", model, precision, batch), bench, found)


def _list(bench: Bench, count: int, batch: int) -> Path:
    """Write a list of photographs in full batches: some peers take no others."""
    names = bench.folder / f"folder-{count}.txt"
    names.write_text("\n".join(map(str, bench.photos[: count // batch * batch])))
    return names


def _peer_sampler(bench: Bench, peer: str, setting: Setting, loader: str, names: Path) -> Callable[[], float]:
    return lambda: _peer_rate(bench, peer, setting, loader, names)


def _peer_rate(bench: Bench, peer: str, setting: Setting, loader: str, names: Path) -> float:
    words = [peer, json.dumps(asdict(setting)), loader, str(names)]
    command = [str(bench.python), "-m", "ptrun_peers.folder", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables())
    if done.returncode != 0:
        sys.exit(f"peers: {peer} failed on a folder: {done.stderr[-2000:]}")
    return rate(json.loads(done.stdout))


def _ptrun_rate(bench: Bench, model: str, precision: str, batch: int, names: Path) -> float:
    """Note when each record comes; the plan is the program's own."""
    words = ["--files-from", str(names), "--optimize", bench.optimize, "--precision", precision, "-q"]
    command = [
        str(bench.program),
        "classify",
        str(bench.folder / f"{model}.pt"),
        *words,
        "--batch",
        str(batch),
    ]
    marks: Marks = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for number, _ in enumerate(process.stdout, 1):
            marks.append((number, time.monotonic()))
    if process.returncode != 0:
        sys.exit(f"peers: ptrun ended with {process.returncode}")
    return rate(marks)


def _row(name: tuple[str, str, str, int], bench: Bench, sides: dict[str, Any]) -> Row:
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
