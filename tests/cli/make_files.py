#!/usr/bin/env python3
"""Make the pictures and models of the command-line cases: good ones, and one for each kind of damage.

    tests/cli/make_files.py FOLDER

Standard library only; the same bytes every time. Pictures of formats that need an encoder, and the model, are
those that lie in models/digits/.
"""

import shutil
import struct
import sys
import zipfile
import zlib
from pathlib import Path

DIGITS = Path(__file__).resolve().parent.parent.parent / "models" / "digits"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, rows: bytes) -> bytes:
    """Return a PNG file of 8-bit RGB whose header says width x height and whose rows are as given."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def gradient(width: int, height: int) -> bytes:
    """Return a picture without two equal pixels side by side."""
    rows = b""
    for y in range(height):
        rows += b"\0" + bytes(v for x in range(width) for v in (x * 3 % 256, y * 5 % 256, (x + y) * 7 % 256))
    return png(width, height, rows)


def flip(data: bytes, place: int) -> bytes:
    """Return the data with one bit changed."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def pictures(folder: Path) -> None:
    """Write the good pictures and one for each kind of damage."""
    for name, sample in {
        "photo.jpg": "5-full-colour.jpg",
        "progressive.jpg": "3-large-progressive.jpg",
        "photo.png": "0-grey.png",
        "photo.bmp": "4-colour.bmp",
        "photo.gif": "2-palette.gif",
    }.items():
        shutil.copyfile(DIGITS / "samples" / sample, folder / name)
    good_jpeg = (folder / "photo.jpg").read_bytes()
    good_png = gradient(64, 48)
    files = {
        "gradient.png": good_png,
        "empty.jpg": b"",
        "text.jpg": b"This is no picture at all.\n",
        "cut.jpg": good_jpeg[: len(good_jpeg) * 2 // 3],
        "header.jpg": good_jpeg[:3],
        "cut.png": good_png[: len(good_png) * 2 // 3],
        "bad_crc.png": flip(good_png, 30),
        "bad_data.png": png(64, 48, b"\7" * (64 * 3 + 1) * 48),
        "huge.png": png(40_000, 40_000, b"\0" * 100),
        "wide.png": png(70_000, 2, b"\0" * 100),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)


def models(folder: Path) -> None:
    """Write the model, and files that people mistake for one."""
    model = (DIGITS / "digits.pt").read_bytes()
    (folder / "model.pt").write_bytes(model)
    with zipfile.ZipFile(folder / "model.pt") as whole, zipfile.ZipFile(folder / "no_recipe.pt", "w") as rest:
        for record in whole.infolist():
            if not record.filename.endswith("extra/ptrun.json"):
                rest.writestr(zipfile.ZipInfo(record.filename), whole.read(record))
    (folder / "cut.pt").write_bytes(model[: len(model) // 2])
    (folder / "empty.pt").write_bytes(b"")
    (folder / "text.pt").write_bytes(b"This is no model at all.\n")
    (folder / "lfs.pt").write_bytes(
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 368724\n"
    )
    (folder / "page.pt").write_bytes(b"<!DOCTYPE html>\n<html><title>404 Not Found</title></html>\n")
    (folder / "photo.pt").write_bytes(gradient(8, 8))
    with zipfile.ZipFile(folder / "weights.pt", "w", zipfile.ZIP_STORED) as archive:
        # pickle, protocol 2: an empty OrderedDict, as torch.save(state_dict) begins
        content = b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01."
        for name, data in (("archive/data.pkl", content), ("archive/version", b"3\n")):
            archive.writestr(zipfile.ZipInfo(name), data)


def main() -> int:
    """Make everything below the folder that is named."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    pictures(folder)
    models(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
