#!/usr/bin/env python3
"""Preparing images on one core: `ptrun` against Pillow and torchvision, with the same bytes.

usage: .venv/bin/python scripts/bench_preprocess.py [--rounds N] [--photos N]

Two tables. *Resize*: Pillow's `Image.resize` and ours over the same pixels, whole result. *From the file to
the tensor*: in Python `Image.open`, `convert`, torchvision's Resize(256), CenterCrop(224), ToTensor and
Normalize over a folder in one process and one thread; in `ptrun` the stages read, decode, resize and tensor
of one worker of `classify` with the fake engine and `--preset imagenet`. The results of both sides are
compared first, every byte.

The sides take turns; medians of the rounds are printed. On a machine that does other work, figures are not
worth much; `chrt -r 10` before the command helps.
"""

import argparse
import itertools
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bench_folder import make_photographs
from PIL import Image
from ptrun_export import vision

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "parity"))

from prep_probe import BUILD, Probe  # noqa: E402

SIZES = [(4000, 3000), (500, 375)]
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
STAGES = ("read", "decode", "resize", "tensor")

Transform = Callable[[Image.Image], Any]


def pillow_time(image: Image.Image, size: tuple[int, int], name: str, runs: int) -> float:
    """Return the seconds that the fastest of `runs` resizes took."""
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        image.resize(size, FILTERS[name])
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def bench_resize(image: Image.Image, name: str, rounds: int) -> None:
    """Print the line of a resize to a shorter side of 256."""
    size, runs = (256 * image.width // image.height, 256), 5 if image.width > 1000 else 100
    pixels, theirs, ours = np.asarray(image), [], []
    with Probe() as probe:
        result = probe.resize(pixels, size, name, (0, 0, *size))
        if result.tobytes() != image.resize(size, FILTERS[name]).tobytes():
            sys.exit(f"{name}: the pixels differ")
        for _ in range(rounds):
            theirs.append(pillow_time(image, size, name, runs))
            ours.append(probe.time(pixels, size, name, runs))
    a, b = statistics.median(theirs) * 1000, statistics.median(ours) * 1000
    shape = f"{image.width} x {image.height} -> {size[0]} x {size[1]} {name}"
    print(f"{shape:38} {a:8.3f} ms {b:8.3f} ms {a / b:8.2f}")


def transforms() -> Transform:
    """Return torchvision's evaluation transform."""
    if not vision.make_importable():
        sys.exit("torchvision is not installed: scripts/setup.sh installs it")
    from torchvision.transforms import CenterCrop, Compose, Normalize, Resize, ToTensor

    transform: Transform = Compose([Resize(256), CenterCrop(224), ToTensor(), Normalize(MEAN, STD)])
    return transform


def python_tensor(path: Path, transform: Transform) -> Any:
    """Return the tensor of one file."""
    with Image.open(path) as image:
        return transform(image.convert("RGB"))


def python_seconds(paths: list[Path], transform: Transform) -> float:
    """Return seconds for one image."""
    begun = time.perf_counter()
    for path in paths:
        python_tensor(path, transform)
    return (time.perf_counter() - begun) / len(paths)


def our_seconds(program: Path, names: Path) -> dict[str, float]:
    """Return seconds for one image, by stage."""
    words = ["classify", str(ROOT / "models/digits/digits.pt"), "--preset", "imagenet", "--engine", "fake"]
    more = ["--files-from", str(names), "--jobs", "1", "--format", "null", "-v"]
    done = subprocess.run([program, *words, *more], check=True, capture_output=True, text=True)
    stages = dict(re.findall(r"(\w+) ([0-9.]+)(?=[,\n])", done.stderr.partition("ms an image:")[2]))
    return {stage: float(stages[stage]) / 1000 for stage in STAGES}


def compare_tensors(program: Path, paths: list[Path], transform: Transform, scratch: Path) -> None:
    """End the run where a tensor differs in a bit."""
    for path in paths:
        out = scratch / "tensor.npy"
        words = ["preprocess", "none", str(path), "--preset", "imagenet", "-o", str(out)]
        subprocess.run([program, *words], check=True, capture_output=True)
        if np.load(out).tobytes() != python_tensor(path, transform)[None].numpy().tobytes():
            sys.exit(f"{path}: the tensors differ")


def bench_preparing(program: Path, kinds: dict[str, list[Path]], scratch: Path, rounds: int) -> None:
    """Print a line for each kind of file."""
    transform = transforms()
    print(f"{'file to tensor, an image':40} Python       ptrun      ratio     " + "  ".join(STAGES))
    for kind, paths in kinds.items():
        names = scratch / "names"
        names.write_text("".join(f"{path}\n" for path in paths))
        compare_tensors(program, paths[:20], transform, scratch)
        theirs, ours = [], []
        for _ in range(rounds):
            theirs.append(python_seconds(paths, transform) * 1000)
            ours.append(our_seconds(program, names))
        python = statistics.median(theirs)
        total = statistics.median(sum(run.values()) for run in ours) * 1000
        stages = [statistics.median(run[stage] for run in ours) * 1000 for stage in STAGES]
        columns = "  ".join(f"{value:.3f}" for value in stages)
        print(f"{kind:38} {python:8.3f} ms {total:8.3f} ms {total / python:8.3f}     {columns}")


def large_photographs(photos: list[Path], folder: Path, count: int) -> list[Path]:
    """Lay photographs beside each other to 12 megapixels, so that details are those of photographs."""
    paths = []
    for number in range(count):
        whole = Image.new("RGB", (4000, 3000))
        for place in range(64):
            with Image.open(photos[(number * 64 + place) % len(photos)]) as part:
                whole.paste(part, (place % 8 * 500, place // 8 * 375))
        paths.append(folder / f"{number}.jpg")
        whole.save(paths[-1], quality=90)
    return paths


def upright_photographs(photos: list[Path], folder: Path) -> list[Path]:
    """Turn the photographs by a quarter."""
    paths = []
    for path in photos:
        with Image.open(path) as image:
            paths.append(folder / path.name)
            image.transpose(Image.Transpose.ROTATE_90).save(paths[-1], quality=90)
    return paths


def main() -> None:
    """Make the files, compare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="turns of each side")
    parser.add_argument("--photos", type=int, default=400, help="photographs of each shape")
    parser.add_argument("--ptrun", type=Path, default=BUILD / "ptrun", help="the program")
    options = parser.parse_args()
    torch.set_num_threads(1)
    os.environ.pop("PTRUN_CPU", None)
    with tempfile.TemporaryDirectory() as place:
        scratch = Path(place)
        folders = [scratch / kind for kind in ("landscape", "portrait", "large")]
        for folder in folders:
            folder.mkdir()
        photos = make_photographs(folders[0], options.photos)
        kinds = {
            "500 x 375": photos,
            "375 x 500": upright_photographs(photos, folders[1]),
            "4000 x 3000": large_photographs(photos, folders[2], max(1, options.photos // 50)),
        }
        print(f"{'resize':40} Pillow       ptrun   times as fast")
        with Image.open(photos[0]) as photo:
            for name, size in itertools.product(FILTERS, SIZES):
                bench_resize(photo.resize(size), name, options.rounds)
        bench_preparing(options.ptrun, kinds, scratch, options.rounds)


if __name__ == "__main__":
    main()
