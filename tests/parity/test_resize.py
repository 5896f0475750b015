"""Resized pixels are Pillow's: every filter, every kernel of this machine, every byte."""

from __future__ import annotations

import os
import platform
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from prep_probe import Pixels, Probe, ProbeError, Window

FILTERS = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
RESAMPLING = {name: Image.Resampling[name.upper()] for name in FILTERS}
X86_KERNELS = {"avx2": {"avx2"}, "avx512": {"avx512f", "avx512bw", "avx512_vnni"}}
ARM_KERNELS = {"neon": {"asimddp"}}
KERNELS: dict[str, set[str]] = {
    "plain": set(),
    **(X86_KERNELS if platform.machine() == "x86_64" else {}),
    **(ARM_KERNELS if platform.machine() == "aarch64" else {}),
}
PAIRS = 1500 if os.environ.get("PTRUN_ACCEPTANCE") else 500

Size = tuple[int, int]


def cpu_has(flags: set[str]) -> bool:
    """Tell whether the processor lists all the flags, as Linux names them."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    listed = next((line.split() for line in lines if line.startswith(("flags", "Features"))), [])
    return flags.issubset(listed)


@pytest.fixture(params=list(KERNELS))
def probe(request: pytest.FixtureRequest) -> Iterator[Probe]:
    """Run a probe with each kernel in turn."""
    if not cpu_has(KERNELS[request.param]):
        pytest.skip(f"this processor lacks {sorted(KERNELS[request.param])}")
    with Probe(cpu=request.param) as running:
        yield running


def picture(rng: random.Random, size: Size, channels: int) -> Pixels:
    """Draw noise, noise of extremes (so that sums leave 0..255) or a smooth ramp."""
    numpy_rng = np.random.default_rng(rng.getrandbits(32))
    shape = (size[1], size[0], channels)
    kind = rng.randrange(4)
    if kind == 0:
        return (numpy_rng.integers(0, 2, shape) * 255).astype(np.uint8)
    if kind == 1:
        ramp = np.add.outer(np.arange(size[1]) * 3, np.arange(size[0]) * 2)
        return np.repeat(ramp[:, :, None] % 256, channels, axis=2).astype(np.uint8)
    return numpy_rng.integers(0, 256, shape, dtype=np.uint8)


def pillow(image: Pixels, size: Size, filter_name: str, window: Window) -> Pixels:
    """Let Pillow do the same."""
    pil = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    x, y, columns, rows = window
    result = pil.resize(size, RESAMPLING[filter_name]).crop((x, y, x + columns, y + rows))
    return np.asarray(result).reshape(rows, columns, image.shape[2])


def few(rng: random.Random) -> int:
    """Draw a side of an icon."""
    return rng.randint(1, 24)


def some(rng: random.Random) -> int:
    """Draw an ordinary side."""
    return rng.randint(1, 300)


def one_axis(rng: random.Random) -> tuple[Size, Size]:
    """Draw a pair in which one axis keeps its size."""
    keep, old, new = some(rng), some(rng), some(rng)
    return ((keep, old), (keep, new)) if rng.random() < 0.5 else ((old, keep), (new, keep))


def line_of_pixels(rng: random.Random) -> tuple[Size, Size]:
    """Draw 1 x N or N x 1 and a small target."""
    line = rng.randint(1, 3000)
    return ((1, line) if rng.random() < 0.5 else (line, 1)), (few(rng), few(rng))


def far_down(rng: random.Random) -> tuple[Size, Size]:
    """Draw a pair with hundreds of taps."""
    return (rng.randint(500, 3000), rng.randint(20, 300)), (rng.randint(1, 40), rng.randint(1, 40))


def far_up(rng: random.Random) -> tuple[Size, Size]:
    """Draw a pair in which one source pixel covers many."""
    return (few(rng), few(rng)), (rng.randint(100, 900), rng.randint(50, 400))


def pass_order(rng: random.Random) -> tuple[Size, Size]:
    """Draw a lost height of twice the lost width, give or take one: where the order of the passes turns."""
    width, height = rng.randint(1, 60), rng.randint(1, 60)
    lost = rng.randint(1 - width, 60)
    lost_height = max(2 * lost + rng.randint(-1, 1), 0)
    return (width + max(lost, 0), height + lost_height), (width - min(lost, 0), height)


def any_size(rng: random.Random) -> tuple[Size, Size]:
    """Draw any two ordinary sizes."""
    return (some(rng), some(rng)), (some(rng), some(rng))


KINDS = [one_axis, line_of_pixels, far_down, far_up, pass_order, any_size, any_size]


def random_window(rng: random.Random, size: Size) -> Window:
    """Draw a window inside size, often the whole."""
    if rng.random() < 0.5:
        return (0, 0, *size)
    x, y = rng.randrange(size[0]), rng.randrange(size[1])
    return x, y, rng.randint(1, size[0] - x), rng.randint(1, size[1] - y)


@pytest.mark.parametrize("filter_name", FILTERS)
def test_every_byte_of_seeded_size_pairs(probe: Probe, filter_name: str) -> None:
    """500 size pairs (1,500 with PTRUN_ACCEPTANCE=1), grey and RGB, whole and windows."""
    rng = random.Random(f"resize {filter_name}")
    for _ in range(PAIRS):
        source, target = rng.choice(KINDS)(rng)
        image = picture(rng, source, rng.choice([1, 3, 3]))
        window = random_window(rng, target)
        ours = probe.resize(image, target, filter_name, window)
        theirs = pillow(image, target, filter_name, window)
        assert np.array_equal(ours, theirs), f"{source} to {target}, window {window}"


@pytest.mark.parametrize("filter_name", FILTERS)
@pytest.mark.parametrize(
    ("source", "target", "window"),
    [
        ((65535, 2), (1, 1), (0, 0, 1, 1)),
        ((2, 65535), (3, 2), (0, 0, 3, 2)),
        ((1, 1), (700, 500), (0, 0, 700, 500)),
        ((4096, 40), (341, 30), (0, 0, 341, 30)),
        ((800, 2000), (256, 640), (16, 208, 224, 224)),
        ((1, 500), (256, 128000), (16, 63888, 224, 224)),
        ((600, 1), (153600, 256), (76688, 16, 224, 224)),
    ],
)
def test_extreme_sizes(probe: Probe, filter_name: str, source: Size, target: Size, window: Window) -> None:
    """The longest sides, the highest ratios, and windows of results too large to hold."""
    image = picture(random.Random(str(source)), source, 3)
    ours = probe.resize(image, target, filter_name, window)
    assert np.array_equal(ours, pillow(image, target, filter_name, window))


def test_one_process_gives_the_same_again() -> None:
    """Memory that is reused from resize to resize leaves no trace."""
    rng = random.Random("again")
    jobs = [(picture(rng, pair[0], 3), pair[1]) for pair in (rng.choice(KINDS)(rng) for _ in range(40))]
    with Probe() as running:
        first = [running.resize(image, size, "bicubic", (0, 0, *size)) for image, size in jobs]
        again = [running.resize(image, size, "bicubic", (0, 0, *size)) for image, size in reversed(jobs)]
    assert all(np.array_equal(a, b) for a, b in zip(first, reversed(again), strict=True))


def torchvision_size(size: Size, shorter: int, max_size: int) -> Size | None:
    """Apply torchvision's rule in Python's own numbers; None where it raises or Pillow would."""
    short, long = sorted(size)
    new_short, new_long = shorter, int(shorter * long / short)
    if max_size and max_size <= shorter:
        return None
    if max_size and new_long > max_size:
        new_short, new_long = int(max_size * new_short / new_long), max_size
    result = (new_short, new_long) if size[0] <= size[1] else (new_long, new_short)
    return result if min(result) > 0 and max(result) <= 65535 else None


def test_size_of_the_result() -> None:
    """The size that a shorter side and max_size give, over many sizes, and where there is none."""
    rng = random.Random("sizes")
    none = 0
    with Probe() as running:
        for _ in range(4000):
            size = (rng.randint(1, 65535), rng.randint(1, rng.choice([9, 999, 65535])))
            shorter = rng.randint(1, 1000)
            max_size = rng.choice([0, rng.randint(1, 1200)])
            expected = torchvision_size(size, shorter, max_size)
            if expected:
                assert running.size(size, shorter, max_size) == expected
                continue
            none += 1
            with pytest.raises(ProbeError, match=r"image_unsupported|image_too_large|recipe_invalid"):
                running.size(size, shorter, max_size)
    assert none > 100
