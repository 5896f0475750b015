"""Runs the test tool decode_probe over many files, and Pillow over the same."""

from __future__ import annotations

import os
import subprocess
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PTRUN_BUILD", ROOT / "build"))


@dataclass(frozen=True)
class Decoded:
    """A picture: size and orientation as stored, and CRC-32s of its pixels: RGB, upright, upright in grey."""

    width: int
    height: int
    orientation: int
    rgb: int
    upright: int
    grey: int


@dataclass(frozen=True)
class Refused:
    """An error: its code, and what the message says."""

    code: str
    detail: str


def decode(paths: Sequence[Path], *options: str) -> list[Decoded | Refused]:
    """Decode the files with ptrun."""
    names = "".join(f"{path}\n" for path in paths)
    run = subprocess.run(
        [BUILD / "tests" / "decode_probe", *options], check=False, input=names, capture_output=True, text=True
    )
    assert run.returncode == 0, f"decode_probe ended with {run.returncode}: {run.stderr[-2000:]}"
    lines = run.stdout.splitlines()
    assert len(lines) == len(paths)
    return [parse(line) for line in lines]


def parse(line: str) -> Decoded | Refused:
    """Read a line of decode_probe."""
    code, width, height, orientation, rgb, upright, grey, detail = line.split(" ", 7)
    if code != "ok":
        return Refused(code, detail)
    return Decoded(int(width), int(height), int(orientation), int(rgb, 16), int(upright, 16), int(grey, 16))


def pillow(path: Path) -> Decoded | None:
    """Decode the file with Pillow; None where it refuses it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(path) as image:
                rgb = image.convert("RGB")
                orientation, upright = turn(image)
        except Exception:  # every exception of every plugin is a refusal
            return None
    sums = [zlib.crc32(picture.tobytes()) for picture in (rgb, upright, upright.convert("L"))]
    return Decoded(*rgb.size, orientation, *sums)


def turn(image: Image.Image) -> tuple[int, Image.Image]:
    """Let exif_transpose turn the picture; unreadable EXIF, for which it raises, turns nothing.

    It also writes the EXIF block anew, which may fail and is of no interest.
    """
    try:
        orientation = image.getexif().get(0x0112, 1)
        with mock.patch.object(Image.Exif, "tobytes", return_value=b""):
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (SyntaxError, TypeError, ValueError):
        return 1, image.convert("RGB")
    usable = not isinstance(orientation, (bytes, str)) and orientation in range(1, 9)
    return (int(orientation) if usable else 1), upright
