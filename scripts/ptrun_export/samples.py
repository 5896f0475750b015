"""Sample images: of the user, or made here, so that every exported file can prove itself."""

import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from .errors import ExportError
from .goldens import MAX_IMAGES
from .transforms import probe_pixels

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp"}

# Suffix, width, height of the pictures that are made where the user gives none.
MADE = [(".jpg", 400, 300), (".png", 160, 213), (".jpg", 299, 449), (".png", 224, 224)]


def find(paths: Sequence[Path], limit: int = MAX_IMAGES) -> list[Path]:
    """Return up to `limit` image files among files and folders (each in order of names, evenly taken)."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES)
        elif path.is_file():
            found.append(path)
        else:
            raise ExportError(f"{path}: no such file or folder")
    if not found:
        raise ExportError(f"no image files in {', '.join(map(str, paths))}")
    step = max(len(found) / limit, 1)
    return [found[int(number * step)] for number in range(min(len(found), limit))]


@contextmanager
def chosen(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Give the user's sample images, or pictures that exist only inside."""
    if paths:
        yield find(paths)
        return
    with tempfile.TemporaryDirectory() as folder:
        made = []
        for number, (suffix, width, height) in enumerate(MADE):
            path = Path(folder, f"made-{number}{suffix}")
            path.write_bytes(_encoded(Image.fromarray(probe_pixels(width, height, number)), suffix))
            made.append(path)
        yield made


def truths(images: Sequence[Path], labels: Sequence[str]) -> list[int | None]:
    """Return the class of each image where its folder is named after a label, else None."""
    index = {label: number for number, label in enumerate(labels)}
    return [index.get(image.parent.name) for image in images]


def _encoded(image: Image.Image, suffix: str) -> bytes:
    buffer = io.BytesIO()
    if suffix == ".jpg":
        image.save(buffer, "JPEG", quality=85)
    else:
        image.quantize(64, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
