"""Damages files: bit flips, cuts, wrong CRCs, lost and doubled bytes, from a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence


def flip(rng: random.Random, data: bytearray) -> None:
    """Flip one bit, or a few."""
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def flip_in_header(rng: random.Random, data: bytearray) -> None:
    """Flip a bit among the first bytes."""
    data[rng.randrange(min(len(data), 700))] ^= 1 << rng.randrange(8)


def flip_near_end(rng: random.Random, data: bytearray) -> None:
    """Flip a bit among the last bytes."""
    data[len(data) - 1 - rng.randrange(min(len(data), 40))] ^= 1 << rng.randrange(8)


def cut(rng: random.Random, data: bytearray) -> None:
    """Cut the file off anywhere."""
    del data[rng.randrange(len(data)) :]


def cut_near_end(rng: random.Random, data: bytearray) -> None:
    """Cut off some of the last bytes."""
    del data[len(data) - 1 - rng.randrange(min(len(data), 40)) :]


def overwrite(rng: random.Random, data: bytearray) -> None:
    """Replace a run of bytes by noise or zeros."""
    start = rng.randrange(len(data))
    size = min(rng.randrange(1, 64), len(data) - start)
    data[start : start + size] = rng.choice((bytes(size), rng.randbytes(size)))


def lose(rng: random.Random, data: bytearray) -> None:
    """Lose a run of bytes in the middle."""
    start = rng.randrange(len(data))
    del data[start : start + rng.randrange(1, 64)]


def repeat(rng: random.Random, data: bytearray) -> None:
    """Repeat a run of bytes."""
    start = rng.randrange(len(data))
    data[start:start] = data[start : start + rng.randrange(1, 64)]


def spoil_crc(rng: random.Random, data: bytearray) -> None:
    """Change the CRC of any chunk of a PNG."""
    places, at = [], 8
    while at + 12 <= len(data):
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        places.append(min(at, len(data)) - 4)
    data[rng.choice(places) + rng.randrange(4)] ^= 1 << rng.randrange(8)


COMMON: list[Callable[[random.Random, bytearray], None]] = [
    flip, flip, flip_in_header, flip_near_end, cut, cut_near_end, overwrite, lose, repeat,
]  # fmt: skip


def damaged(
    files: Sequence[tuple[str, bytes]], count: int, seed: int, *, crc: bool = False
) -> Iterator[tuple[str, bytes]]:
    """Damage the files in turn until there are `count`; `crc` spoils CRCs of PNGs too."""
    rng = random.Random(seed)
    ways = [*COMMON, spoil_crc] if crc else COMMON
    for n in range(count):
        name, whole = files[n % len(files)]
        data = bytearray(whole)
        way = rng.choice(ways)
        way(rng, data)
        yield f"{n}-{way.__name__}-{name}", bytes(data)
