"""Recordings: what Python made of images, stage by stage, in a file of its own (docs/verify.md).

They hold what goldens hold, for a model that shall stay as it is, for more images, or for arrays in full.
"""

import io
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from . import goldens, reference
from .recipe import Recipe

FORMAT = "ptrun-recording/1"

Array = npt.NDArray[np.generic]
Entry = dict[str, object]


def record(
    path: Path, images: Sequence[Path], recipe: Recipe, eager: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    """Write what Python makes of each image to `path`: arrays in full to .npz, digests and logits to .json.

    `eager` maps the model's input, float32 (1, C, H, W), to its logits; it is called with one image and one
    thread.
    """
    entries: list[Entry] = []
    arrays: dict[str, Array] = {}
    for number, image in enumerate(images):
        content = image.read_bytes()
        stages = stages_of(content, recipe, eager)
        if path.suffix == ".npz":
            prefix = f"{number:04}"
            arrays[f"{prefix}.image"] = np.frombuffer(content, np.uint8)
            arrays |= {f"{prefix}.{stage}": array for stage, array in stages.items()}
            files = {stage: {"file": f"{prefix}.{stage}"} for stage in stages}
            entries.append(entry(image.name, f"{prefix}.image", content, stages, files))
        else:
            values = {"logits": {"values": json_numbers(stages["logits"])}}
            file = os.path.relpath(image, path.parent)
            entries.append(entry(image.name, file, content, stages, values))
    index = {"format": FORMAT, "recorded_with": goldens.recorded_with(), "images": entries}
    text = json.dumps(index, ensure_ascii=False, allow_nan=False)
    path.write_bytes(packed(text, arrays) if path.suffix == ".npz" else text.encode() + b"\n")


def stages_of(
    content: bytes, recipe: Recipe, eager: Callable[[torch.Tensor], torch.Tensor]
) -> dict[str, Array]:
    """Return the array of each stage, by its name in the index."""
    with goldens.one_thread(), torch.inference_mode():
        tensor = reference.tensor(content, recipe)
        return {
            "decoded": reference.decoded_pixels(content),
            "resized": reference.resized_pixels(content, recipe),
            "tensor": tensor.numpy(),
            "logits": eager(tensor).to(torch.float32).numpy(),
        }


def entry(
    name: str,
    file: str,
    content: bytes,
    stages: Mapping[str, Array],
    more: Mapping[str, Mapping[str, object]],
) -> Entry:
    """Return one image's entry of the index."""
    image: Entry = {"name": name, "file": file, **digest_of_bytes(content)}
    return image | {
        stage: goldens.fingerprint(array) | dict(more.get(stage, {})) for stage, array in stages.items()
    }


def digest_of_bytes(content: bytes) -> dict[str, object]:
    """Return the SHA-256 of a file's bytes as a member of its entry."""
    return {"sha256": goldens.fingerprint(np.frombuffer(content, np.uint8))["sha256"]}


def json_numbers(array: Array) -> list[float | None]:
    """Return the values in C order; JSON has no NaN and no infinity: null."""
    return [float(value) if np.isfinite(value) else None for value in array.ravel()]


def packed(index: str, arrays: Mapping[str, Array]) -> bytes:
    """Return an .npz of the arrays, with the index as one of bytes."""
    buffer = io.BytesIO()
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    np.savez_compressed(buffer, recording=np.frombuffer(index.encode(), np.uint8), **contiguous)  # type: ignore[arg-type]
    return buffer.getvalue()
