"""Recipes from the evaluation transforms of torchvision, timm and transformers.

A transform is read from its attributes, then proved: on probe images the recipe must give what the transform
gives. So a library that changes its mind is noticed here and not in wrong answers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from . import reference
from .errors import ExportError
from .recipe import Color, Filter, Recipe, Resize, Step, make_recipe

FILTERS: dict[int, Filter] = {int(value): name for name, value in reference.RESAMPLING.items()}  # type: ignore[misc]

# (width, height) of the probe images: both orientations, odd sides, one smaller than most crops.
PROBE_SIZES = [(320, 240), (241, 333), (97, 101)]
TOLERANCE = 1e-6  # of the largest value: where a library's order of float operations cannot be expressed


@dataclass
class Steps:
    """The part of a recipe that a transform determines."""

    steps: list[Step]
    color: Color = "rgb"

    def recipe(self) -> Recipe:
        """Return it as a recipe without labels."""
        return make_recipe(self.steps, color=self.color)


def from_torchvision(transform: Any) -> Steps:
    """Return what a torchvision (or timm) evaluation transform does; raises ExportError where it cannot."""
    found = Steps([])
    for part in _parts(transform):
        reader = _READERS.get(type(part).__name__)
        if reader is None:
            raise ExportError(f"the transform {type(part).__name__} has no counterpart in a recipe", _BY_HAND)
        reader(part, found)
    return found


_BY_HAND = "write the recipe yourself and give it with --recipe FILE (docs/recipe.md)"


def _parts(transform: Any) -> Iterable[Any]:
    if hasattr(transform, "transforms"):  # Compose
        for part in transform.transforms:
            yield from _parts(part)
    else:
        yield transform


def _read_resize(part: Any, found: Steps) -> None:
    filter_name = _torchvision_filter(part.interpolation)
    size = part.size
    if isinstance(size, int) or len(size) == 1:
        shorter = int(size if isinstance(size, int) else size[0])
        step: Resize = {"op": "resize", "shorter": shorter, "filter": filter_name}
        if getattr(part, "max_size", None) is not None:
            step["max_size"] = int(part.max_size)
    else:
        step = {"op": "resize", "size": [int(side) for side in size], "filter": filter_name}
    found.steps.append(step)


def _torchvision_filter(interpolation: Any) -> Filter:
    name: Filter = str(interpolation.value).lower()  # type: ignore[assignment]
    if name not in reference.RESAMPLING:
        raise ExportError(f"the interpolation {name} has no counterpart in a recipe", _BY_HAND)
    return name


def _read_center_crop(part: Any, found: Steps) -> None:
    size = [part.size] * 2 if isinstance(part.size, int) else list(part.size)
    found.steps.append({"op": "center_crop", "size": [int(side) for side in (size * 2)[:2]]})


def _read_to_tensor(_: Any, found: Steps) -> None:
    found.steps.append({"op": "scale", "divide": 255})


def _read_to_dtype(part: Any, found: Steps) -> None:
    if part.dtype != torch.float32 or not getattr(part, "scale", True):
        raise ExportError(f"the transform converts to {part.dtype} without scaling to 0..1", _BY_HAND)
    _read_to_tensor(part, found)


def _read_normalize(part: Any, found: Steps) -> None:
    found.steps.append({"op": "normalize", "mean": _numbers(part.mean), "std": _numbers(part.std)})


def _numbers(values: Any) -> list[float]:
    """Return floats as short as they can be written; float32 tensors give the number that was meant."""
    if isinstance(values, torch.Tensor):
        return [float(str(value)) for value in values.to(torch.float32).numpy()]
    return [float(value) for value in values]


def _read_grayscale(part: Any, found: Steps) -> None:
    if part.num_output_channels != 1 or found.steps:
        raise ExportError("Grayscale can be expressed only as the first step and with one channel", _BY_HAND)
    found.color = "gray"


def _read_nothing(_part: Any, _found: Steps) -> None:
    """Read a step that only changes how an image is held in memory."""


def _read_preset(part: Any, found: Steps) -> None:
    """Read torchvision's own preset for classification (transforms/_presets.py)."""
    found.steps += [
        {
            "op": "resize",
            "shorter": int(part.resize_size[0]),
            "filter": _torchvision_filter(part.interpolation),
        },
        {"op": "center_crop", "size": [int(part.crop_size[0])] * 2},
        {"op": "scale", "divide": 255},
    ]
    _read_normalize(part, found)


_READERS: dict[str, Callable[[Any, Steps], None]] = {
    "CenterCrop": _read_center_crop,
    "ConvertImageDtype": _read_to_dtype,
    "Grayscale": _read_grayscale,
    "ImageClassification": _read_preset,
    "MaybeToTensor": _read_to_tensor,
    "Normalize": _read_normalize,
    "PILToTensor": _read_nothing,
    "Resize": _read_resize,
    "ToDtype": _read_to_dtype,
    "ToImage": _read_nothing,
    "ToTensor": _read_to_tensor,
}


def from_processor(processor: Any) -> Steps:
    """Return what an image processor of transformers (its Pillow backend) does."""
    found = Steps([], color="bgr" if getattr(processor, "do_flip_channel_order", False) else "rgb")
    if processor.do_resize:
        found.steps += _processor_resize(processor)
    if getattr(processor, "do_center_crop", False):
        found.steps.append(_processor_crop(processor.crop_size["height"], processor.crop_size["width"]))
    scale = float(processor.rescale_factor) if processor.do_rescale else 1.0
    if processor.do_rescale:
        found.steps.append({"op": "scale", "multiply": scale})
    mean, std = _processor_normalize(processor)
    if mean != [0.0] * len(mean) or std != [1.0] * len(std):
        found.steps.append({"op": "normalize", "mean": mean, "std": std})
    return found


def _processor_resize(processor: Any) -> list[Step]:
    size = processor.size
    filter_name = FILTERS[int(processor.resample)]
    if size.get("height"):
        return [{"op": "resize", "size": [size["height"], size["width"]], "filter": filter_name}]
    side = size.get("shortest_edge")
    if side is None or size.get("longest_edge"):
        raise ExportError(f"the image processor's size {dict(size)} has no counterpart in a recipe", _BY_HAND)
    crop_pct = getattr(processor, "crop_pct", None)
    if crop_pct is None:
        return [{"op": "resize", "shorter": side, "filter": filter_name}]
    if side >= 384:  # ConvNeXt: larger pictures are squashed, not cropped
        return [{"op": "resize", "size": [side, side], "filter": filter_name}]
    shorter = int(side / crop_pct)
    return [{"op": "resize", "shorter": shorter, "filter": filter_name}, _processor_crop(side, side)]


def _processor_crop(height: int, width: int) -> Step:
    return {"op": "center_crop", "size": [height, width], "rounding": "transformers"}


def _processor_normalize(processor: Any) -> tuple[list[float], list[float]]:
    """Return mean and std; EfficientNet's offset and second division are folded into them."""
    mean, std = [0.0] * 3, [1.0] * 3
    if getattr(processor, "do_normalize", False):
        mean, std = _numbers(processor.image_mean), _numbers(processor.image_std)
    if getattr(processor, "rescale_offset", False):
        mean = [value + 1 for value in mean]
    if getattr(processor, "include_top", False):
        std = [value * again for value, again in zip(std, _numbers(processor.image_std), strict=True)]
    return mean, std


def prove(recipe: Recipe, transform: Callable[[Image.Image], torch.Tensor]) -> float:
    """Return the largest difference between recipe and transform, relative to the largest value.

    Raises ExportError where it is more than rounding.
    """
    worst = 0.0
    for number, size in enumerate(PROBE_SIZES):
        image = Image.fromarray(probe_pixels(*size, seed=number))
        expected = transform(image).to(torch.float32).reshape(-1)
        got = reference.tensor_of_image(image, recipe).reshape(-1)
        if expected.shape != got.shape:
            raise ExportError(
                f"the recipe read from the transform gives {got.numel()} numbers, not {expected.numel()}",
                _BY_HAND,
            )
        worst = max(worst, float((got - expected).abs().max() / expected.abs().max()))
    if worst > TOLERANCE:
        raise ExportError(f"the recipe read from the transform differs from it by {worst:.1e}", _BY_HAND)
    return worst


def probe_pixels(width: int, height: int, seed: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a picture with smooth parts, edges and grain, uint8 (height, width, 3)."""
    random = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    channels = []
    for _ in range(3):
        a, b, c, d = random.uniform(1, 9, 4)
        wave = 0.5 + 0.35 * np.sin(a * x * 2 + b * y) * np.cos(c * y - d * x)
        disc = (x - random.uniform(0.2, 0.8)) ** 2 + (y - random.uniform(0.2, 0.8)) ** 2 < 0.04
        channels.append(np.where(disc, 1 - wave, wave) + random.normal(0, 0.03, wave.shape))
    return np.round(np.stack(channels, -1).clip(0, 1) * 255).astype(np.uint8)
