"""The photographs: files, and the tensors that the project's reference makes of them."""

from pathlib import Path

import torch
from bench_folder import make_photographs
from ptrun_export import reference
from ptrun_export.recipe import imagenet
from torch import Tensor


def files(folder: Path, count: int) -> list[Path]:
    """Return that many 500 x 375 JPEGs, made where they are not there yet."""
    place = folder / f"photographs-{count}"
    if not place.exists():
        part = place.with_name(place.name + ".partial")
        part.mkdir(parents=True, exist_ok=True)
        make_photographs(part, count)
        part.rename(place)
    return sorted(place.iterdir())


def tensors(paths: list[Path]) -> Tensor:
    """Return the models' input for these files, float32 (N, 3, 224, 224)."""
    return torch.cat([reference.tensor(path, imagenet()) for path in paths])
