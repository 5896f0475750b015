"""Decoded pixels, orientation and grey are Pillow's, for every kind of file that is taken, every byte."""

from __future__ import annotations

import importlib.resources
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import images
import pytest
from decode_probe import Decoded, Refused, decode, pillow

Families = dict[str, Callable[[Path], Iterable[tuple[str, bytes]]]]

FAMILIES: Families = {
    "png": lambda _: images.pngs(),
    "gif": lambda _: images.gifs(),
    "bmp": lambda _: images.bmps(),
    "orientation": lambda _: images.oriented(),
    "jpeg": images.jpegs,
}


def write(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[Path]:
    """Write the files; a name says nothing about the kind."""
    paths = []
    for name, data in files:
        paths.append(folder / name)
        paths[-1].write_bytes(data)
    return paths


def differences(paths: list[Path]) -> Iterator[str]:
    """Name each file that is not decoded as by Pillow."""
    for path, got in zip(paths, decode(paths), strict=True):
        want = pillow(path)
        assert want, f"{path.name}: Pillow refuses it"
        if got != want:
            yield f"{path.name}: {got}, not {want}"


@pytest.mark.parametrize("family", FAMILIES)
def test_same_picture(family: str, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    assert not list(differences(write(tmp_path, FAMILIES[family](made))))


def test_same_pixels_of_a_part(tmp_path: Path) -> None:
    """Of a JPEG that is wide enough to leave columns out, windows are as in the whole picture."""
    made = tmp_path / "made"
    made.mkdir()
    files = [(name, data) for name, data in images.jpegs(made) if "253x131" in name]
    files += [
        (f"large-{sampling}", images.saved(images.picture((601, 403)), "JPEG", subsampling=sampling))
        for sampling in range(3)
    ]
    results = decode(write(tmp_path, files), "--windows", "49")
    assert len(results) > 100
    assert all(isinstance(got, Decoded) for got in results), results


def test_same_picture_webp(tmp_path: Path) -> None:
    paths = write(tmp_path, images.webps())
    first = decode(paths[:1])[0]
    if isinstance(first, Refused) and "no libwebp" in first.detail:
        pytest.skip(first.detail)
    assert not list(differences(paths))


def test_same_photographs() -> None:
    folders = [
        importlib.resources.files("skimage") / "data",
        importlib.resources.files("sklearn") / "datasets/images",
    ]
    kinds = (".jpg", ".png", ".gif", ".bmp", ".webp")
    paths = [
        path for folder in folders for path in sorted(Path(str(folder)).iterdir()) if path.suffix in kinds
    ]
    assert len(paths) >= 5
    assert not list(differences(paths))


def huge_png(width: int, height: int) -> bytes:
    """Announce a large picture and hold one pixel."""
    small, large = (
        images.chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
        for size in ((1, 1), (width, height))
    )
    return images.png((1, 1), 8, 2).replace(small, large)


def huge_bmp(width: int, height: int) -> bytes:
    """Announce a large picture and hold one pixel."""
    small = images.bmp((1, 1), 24)
    return small[:18] + struct.pack("<ii", width, height) + small[26:]


def huge_jpeg(width: int, height: int) -> bytes:
    """Announce a large picture and hold none."""
    frame = images.segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0")
    return b"\xff\xd8" + frame + images.segment(0xDA, b"\1\1\0\0\x3f\0")


def huge_gif(width: int, height: int) -> bytes:
    """Announce a large canvas and hold a frame of one pixel."""
    return images.gif((width, height), (0, 0, 1, 1))


@pytest.mark.parametrize("make", [huge_png, huge_bmp, huge_jpeg, huge_gif])
@pytest.mark.parametrize("size", [(40000, 40000), (65535, 65535), (65535, 2731)])
def test_too_large(make: Callable[[int, int], bytes], size: tuple[int, int], tmp_path: Path) -> None:
    got = decode(write(tmp_path, [("huge", make(*size))]))[0]
    assert isinstance(got, Refused)
    assert got.code == "image_too_large"


@pytest.mark.parametrize("make", [huge_png, huge_bmp])
def test_sides_are_limited_whatever_the_pixels(make: Callable[[int, int], bytes], tmp_path: Path) -> None:
    got = decode(write(tmp_path, [("wide", make(65536, 1))]), "--max-pixels", str(1 << 62))[0]
    assert got == Refused("image_too_large", "65536 x 1 pixels: a side may have 1 to 65535")


def test_max_pixels_is_inclusive(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(images.png((30, 20), 8, 2))
    assert isinstance(decode([path], "--max-pixels", "600")[0], Decoded)
    got = decode([path], "--max-pixels", "599")[0]
    assert got == Refused("image_too_large", "30 x 20 is 600 pixels, the limit is 599")


REFUSED: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "image_truncated", "the file is empty"),
    "png-prefix": (b"\x89PN", "image_truncated", ""),
    "jpeg-prefix": (b"\xff\xd8", "image_truncated", ""),
    "gif-prefix": (b"GIF8", "image_truncated", ""),
    "bmp-prefix": (b"B", "image_truncated", ""),
    "text": (b"hello, world\n", "image_unknown_format", "68 65 6c 6c"),
    "web-page": (b"<!DOCTYPE html><html>", "image_unknown_format", "a web page"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\n", "image_unknown_format", "Git LFS"),
    "tiff": (b"II*\0\x08\0\0\0", "image_unsupported", "TIFF"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0", "image_unsupported", "HEIC"),
    "avif": (b"\0\0\0\x18ftypavif\0\0\0\0", "image_unsupported", "AVIF"),
    "jp2": (b"\0\0\0\x0cjP  \r\n\x87\n", "image_unsupported", "JPEG 2000"),
    "jxl": (b"\xff\x0a\xfa\x7f", "image_unsupported", "JPEG XL"),
    "psd": (b"8BPS\0\1", "image_unsupported", "Photoshop"),
    "bmp-rle": (images.bmp((4, 4), 8, colors=bytes(1024), compression=1), "image_unsupported", "run-length"),
    "bmp-masks": (images.bmp((4, 4), 32, header=56, masks=(1, 2, 4, 8)), "image_unsupported", "masks"),
    "png-crc": (images.png((4, 4), 8, 2).replace(b"IHDR\0", b"IHDR\1"), "image_corrupt", "IHDR: wrong CRC"),
    "jpeg-12-bit": (b"\xff\xd8\xff\xc1\0\x0b\x0c\0\x08\0\x08\1\1\x11\0", "image_unsupported", "12 bits"),
    "jpeg-2-components": (
        b"\xff\xd8\xff\xc0\0\x0e\x08\0\x08\0\x08\2\1\x11\0\2\x11\0",
        "image_unsupported",
        "2 components",
    ),
    "gif-no-picture": (images.gif((4, 4), (0, 0, 4, 4))[:13] + b";", "image_corrupt", "without a picture"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_say_what_and_why(case: str, tmp_path: Path) -> None:
    data, code, words = REFUSED[case]
    path = tmp_path / case
    path.write_bytes(data)
    got = decode([path])[0]
    assert isinstance(got, Refused)
    assert got.code == code
    assert words in got.detail


@pytest.mark.parametrize("kind", ["png", "jpeg", "jpeg-progressive", "gif", "bmp", "webp"])
def test_cut_anywhere_is_truncated_or_whole(kind: str, tmp_path: Path) -> None:
    picture = images.picture((40, 30), seed=3)
    options = {"progressive": True} if kind == "jpeg-progressive" else {}
    whole = images.saved(picture, kind.removesuffix("-progressive").upper(), **options)
    paths = write(tmp_path, ((f"{n}", whole[:n]) for n in range(0, len(whole), 7)))
    for path, got in zip(paths, decode(paths), strict=True):
        if isinstance(got, Refused):
            assert got.code == "image_truncated" or "no libwebp" in got.detail, f"{path.name} bytes: {got}"
        else:
            assert got == pillow(path)
