"""Goldens: sample images in the archive with what Python made of them, stage by stage (docs/export.md).

`ptrun verify` replays them and names the first stage that differs.
"""

import hashlib
import io
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL
import torch
from PIL import Image

from . import reference
from .recipe import Recipe

MAX_IMAGES = 16
MAX_FILE = 65536  # bytes: a larger file is replaced by a small copy, on which everything is recorded
MAX_COPY_SIDE = 320  # pixels

Eager = Callable[[torch.Tensor], torch.Tensor]
Files = dict[str, bytes]


def record(samples: Sequence[Path], recipe: Recipe, eager: Eager) -> tuple[dict[str, object], Files]:
    """Return the recipe's `goldens` and the extra files that it names, for up to MAX_IMAGES images.

    `eager` maps the model's input, float32 (1, C, H, W), to its logits, (1, classes); it is called with one
    image and one thread, which is what the strictest replay does.
    """
    files: Files = {}
    images = []
    with one_thread(), torch.inference_mode():
        for number, path in enumerate(samples[:MAX_IMAGES]):
            content = small_copy(path)
            tensor = reference.tensor(content, recipe)
            logits = eager(tensor).to(torch.float32).numpy()
            image, numbers = f"goldens/{number:02}{image_suffix(content)}", f"goldens/{number:02}.f32"
            files[image], files[numbers] = content, little_endian(logits)
            images.append(
                {
                    "name": path.name,
                    "file": image,
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "decoded": fingerprint(reference.decoded_pixels(content)),
                    "resized": fingerprint(reference.resized_pixels(content, recipe)),
                    "tensor": fingerprint(tensor.numpy()),
                    "logits": {"shape": list(logits.shape), "file": numbers},
                }
            )
    return {"recorded_with": recorded_with(), "images": images}, files


def recorded_with() -> dict[str, object]:
    """Return what decides about the last bits of logits."""
    return {
        "torch": torch.__version__,
        "pillow": PIL.__version__,
        "machine": platform.machine(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": 1,
    }


def fingerprint(array: npt.NDArray[np.generic]) -> dict[str, object]:
    """Return the shape of an array and the SHA-256 of its elements, little-endian, C order."""
    return {"shape": list(array.shape), "sha256": hashlib.sha256(little_endian(array)).hexdigest()}


def little_endian(array: npt.NDArray[np.generic]) -> bytes:
    """Return the elements, little-endian, C order."""
    return array.astype(array.dtype.newbyteorder("<")).tobytes()


def small_copy(path: Path) -> bytes:
    """Return the bytes of the file, or those of a copy of fewer pixels where the file is large."""
    content = path.read_bytes()
    if len(content) <= MAX_FILE:
        return content
    with Image.open(io.BytesIO(content)) as image:
        lossy = image.format in {"JPEG", "MPO", "WEBP"}
        copy = image.convert("RGB")
    copy.thumbnail((MAX_COPY_SIDE, MAX_COPY_SIDE), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    if lossy:
        copy.save(buffer, "JPEG", quality=90)
    else:
        copy.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def image_suffix(content: bytes) -> str:
    """Return the suffix that fits the image's format, such as ".png"."""
    with Image.open(io.BytesIO(content)) as image:
        return {"JPEG": ".jpg", "MPO": ".jpg"}.get(str(image.format), f".{str(image.format).lower()}")


@contextmanager
def one_thread() -> Iterator[None]:
    """Give PyTorch one thread inside, and as many as before after it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
