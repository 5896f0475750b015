"""Damaged models through the program and LibTorch: refused with a message, or the answer is the right one.

The full counts run with PTRUN_ACCEPTANCE=1.
"""

from __future__ import annotations

import io
import os
import random
import re
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from harness import ACCEPTANCE, MODEL, ROOT, Done, run_model
from torch import Tensor, nn

PHOTO = ROOT / "models" / "digits" / "samples" / "5-full-colour.jpg"
SECONDS = 100  # the program gives up after 15 to 20; machines that run tests are busy
BITS = ("--optimize", "off", "--threads", "1", "--logits", "-q")

LONGEST = {"seconds": 0.0}  # of a run, for the report

Damage = Callable[[random.Random, bytearray], None]


def answer(path: Path, content: bytes) -> Done:
    """Classify with a model of these bytes; the file is gone afterwards.

    The archive check refuses whatever the engine, so the one that loads in no time is asked first.
    """
    path.write_bytes(content)
    start = time.monotonic()
    done = run_model(path, PHOTO, *BITS, "--engine", "fake", limit=SECONDS)
    if done.code != 4:
        start = time.monotonic()
        done = run_model(path, PHOTO, *BITS, limit=SECONDS)
    LONGEST["seconds"] = max(LONGEST["seconds"], time.monotonic() - start)
    path.unlink()
    return done


def answers(folder: Path, contents: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, Done]]:
    """Run each named damage, as many at a time as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        numbered = enumerate(contents)
        yield from pool.map(lambda one: (one[1][0], answer(folder / f"{one[0]}.pt", one[1][1])), numbered)


def check_refusal(what: str, done: Done) -> None:
    """Check that a refusal says what is wrong, and writes no record."""
    assert done.code == 4, (what, done)
    assert done.out == b"", (what, done)
    assert done.err.startswith("ptrun: ") and "[model_" in done.err, (what, done)


def test_flipped_bits(tmp_path: Path) -> None:
    """One bit, anywhere in the bundled model: refused, or the logits are the same, bit for bit."""
    good = MODEL.read_bytes()
    expected = answer(tmp_path / "good.pt", good)
    assert expected.code == 0
    bits = random.Random(7).sample(range(len(good) * 8), 1000 if ACCEPTANCE else 200)

    def flipped() -> Iterator[tuple[str, bytes]]:
        for bit in bits:
            data = bytearray(good)
            data[bit // 8] ^= 1 << bit % 8
            yield f"bit {bit}", bytes(data)

    codes: Counter[int] = Counter()
    for what, done in answers(tmp_path, flipped()):
        codes[done.code] += 1
        if done.code == 0:
            assert done.out == expected.out, what
        else:
            check_refusal(what, done)
    print(f"flips: {dict(codes)}, the longest so far {LONGEST['seconds']:.1f} s")
    assert codes[4] > len(bits) // 2


class Plain(nn.Module):
    """Grey images, as the recipe of the bundled model wants; convolution and statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.last = nn.Linear(4, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return ten logits for each image."""
        y: Tensor = self.last(torch.relu(self.norm(self.conv(x))).mean((2, 3)))
        return y


class Branch(Plain):
    """With control flow, which only a script keeps."""

    def forward(self, x: Tensor) -> Tensor:
        """Return ten logits for each image."""
        x = torch.relu(self.norm(self.conv(x)))
        if x.shape[0] > 7:
            x = x * 2
        y: Tensor = self.last(x.mean((2, 3)))
        return y


@pytest.fixture(scope="module")
def models() -> list[bytes]:
    """Give archives of several kinds, each with the bundled model's recipe."""
    torch.manual_seed(1)
    with zipfile.ZipFile(MODEL) as bundled:
        name = next(name for name in bundled.namelist() if name.endswith("extra/ptrun.json"))
        extra = {"ptrun.json": bundled.read(name)}
    scripted = torch.jit.script(Branch().eval())
    traced = torch.jit.trace(Plain().eval(), torch.zeros(2, 1, 32, 32))
    made = [scripted, traced, torch.jit.freeze(scripted)]
    found = [MODEL.read_bytes()]
    for module in made:
        buffer = io.BytesIO()
        torch.jit.save(module, buffer, _extra_files=extra)
        found.append(buffer.getvalue())
    return found


def overwrite(rng: random.Random, data: bytearray) -> None:
    """Change one to eight bytes."""
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] = rng.randrange(256)


def lose(rng: random.Random, data: bytearray) -> None:
    """Lose a range."""
    start = rng.randrange(len(data))
    del data[start : start + rng.choice([1, 2, 8, 64])]


def repeat(rng: random.Random, data: bytearray) -> None:
    """Repeat a range."""
    start = rng.randrange(len(data))
    data[start:start] = data[start : start + rng.choice([1, 2, 8, 64])]


def cut(rng: random.Random, data: bytearray) -> None:
    """Cut the end off."""
    del data[rng.randrange(len(data)) :]


def damage_record(rng: random.Random, model: bytes) -> tuple[str, bytes]:
    """Damage one record that LibTorch interprets, and give the archive its right CRC-32."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(model)) as old, zipfile.ZipFile(out, "w") as new:
        names = [name for name in old.namelist() if name.endswith((".pkl", ".py", "version", "byteorder"))]
        victim = rng.choice([name for name in names if old.getinfo(name).file_size])
        how: Damage = rng.choice([overwrite, overwrite, lose, repeat, cut])
        for name in old.namelist():
            data = bytearray(old.read(name))
            if name == victim:
                how(rng, data)
            new.writestr(zipfile.ZipInfo(name), bytes(data))
    return f"{how.__name__} {victim}", out.getvalue()


def splice(rng: random.Random, model: bytes, other: bytes) -> tuple[str, bytes]:
    """Join the beginning of one archive and the end of another."""
    place, rest = rng.randrange(1, len(model)), rng.randrange(1, len(other))
    return f"splice {place} {rest}", model[:place] + other[rest:]


def mix_records(rng: random.Random, model: bytes, other: bytes) -> tuple[str, bytes]:
    """Put one record of another archive in the place of the record of that name."""
    out = io.BytesIO()
    first, second = zipfile.ZipFile(io.BytesIO(model)), zipfile.ZipFile(io.BytesIO(other))
    theirs = {name.partition("/")[2]: name for name in second.namelist()}
    victim = rng.choice([n for n in first.namelist() if n.partition("/")[2] in theirs and "/extra/" not in n])
    with zipfile.ZipFile(out, "w") as new:
        for name in first.namelist():
            data = second.read(theirs[name.partition("/")[2]]) if name == victim else first.read(name)
            new.writestr(zipfile.ZipInfo(name), data)
    return f"mixed {victim}", out.getvalue()


def damaged(models: list[bytes], count: int) -> Iterator[tuple[str, bytes]]:
    """Yield archives that are cut, spliced, mixed, or whole with a record that is not what it was."""
    rng = random.Random(8)
    for number in range(count):
        model, other = rng.choice(models), rng.choice(models)
        match number % 8:
            case 0:
                length = rng.randrange(len(model))
                what, data = f"cut {length}", model[:length]
            case 1:
                what, data = splice(rng, model, other)
            case 2:
                what, data = mix_records(rng, model, other)
            case _:
                what, data = damage_record(rng, model)
        yield f"{number}: {what}", data


def test_damaged_archives(models: list[bytes], tmp_path: Path) -> None:
    """Never a signal, never longer than SECONDS; what cannot be loaded ends with code 4 and a message."""
    codes: Counter[str] = Counter()
    for what, done in answers(tmp_path, damaged(models, 2000 if ACCEPTANCE else 80)):
        assert done.code in {0, 1, 4, 5}, (what, done)
        if done.code == 4:
            assert done.out == b"" and done.err.startswith("ptrun: "), (what, done)
        if done.code == 5:
            assert re.search(r"\[inference_(crashed|stalled)\]", done.err), (what, done)
        word = done.err.partition("[")[2].partition("]")[0]
        codes[f"{done.code} {word}"] += 1
    print(f"damaged: {dict(codes)}, the longest so far {LONGEST['seconds']:.1f} s")
    assert sum(count for key, count in codes.items() if key.startswith("4 ")) > 40
