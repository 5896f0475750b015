"""Damaged files are taken and refused as Pillow does, and where both take one, they see the same."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from pathlib import Path

import images
import pytest
from damage import damaged
from decode_probe import Decoded, Refused, decode, pillow

COUNT = 3000 if os.environ.get("PTRUN_ACCEPTANCE") else 400
SEED = 20260101
AGREEMENT = {"png": 0.97, "jpeg": 0.995, "gif": 0.97, "bmp": 0.97, "webp": 0.97}


def sources(kind: str, made: Path) -> list[tuple[str, bytes]]:
    """Give the undamaged files, in an order that mixes them."""
    families: dict[str, Iterable[tuple[str, bytes]]] = {
        "png": images.pngs(), "gif": images.gifs(), "bmp": images.bmps(), "webp": images.webps(),
    }  # fmt: skip
    files = list(images.jpegs(made) if kind == "jpeg" else families[kind])
    random.Random(SEED).shuffle(files)
    return files


def is_progressive(path: Path) -> bool:
    """Tell whether block smoothing, in which versions of libjpeg-turbo differ, may hide what is missing."""
    data = path.read_bytes()
    return b"\xff\xc2" in data or b"\xff\xca" in data


def test_damaged_in_parts(tmp_path: Path) -> None:
    """A damaged JPEG of which a part is wanted is judged as when all of it is, and looks the same."""
    made = tmp_path / "made"
    made.mkdir()
    wide = [(name, data) for name, data in images.jpegs(made) if "253x131" in name]
    random.Random(SEED).shuffle(wide)
    paths = []
    for name, data in damaged(wide, COUNT, SEED):
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data)
    results = decode(paths, "--windows", "7")
    assert not [got for got in results if isinstance(got, Refused) and got.code == "window"]
    assert COUNT // 4 < sum(isinstance(got, Decoded) for got in results) < COUNT


@pytest.mark.parametrize("kind", AGREEMENT)
def test_damaged(kind: str, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    paths = []
    for name, data in damaged(sources(kind, made), COUNT, SEED, crc=kind == "png"):
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data)
    results = decode(paths)
    if any(isinstance(got, Refused) and "no libwebp" in got.detail for got in results):
        pytest.skip("this build has no libwebp")
    disagreed, differ = [], []
    for path, got in zip(paths, results, strict=True):
        want = pillow(path)
        if isinstance(got, Decoded) != (want is not None):
            disagreed.append(f"{path.name}: {got}, not {want}")
        elif want and got != want and not is_progressive(path):
            differ.append(f"{path.name}: {got}, not {want}")
    print(f"{kind}: of {len(paths)} damaged files {len(disagreed)} judged otherwise, {len(differ)} differ")
    assert not differ
    assert len(disagreed) <= (1 - AGREEMENT[kind]) * len(paths), disagreed
