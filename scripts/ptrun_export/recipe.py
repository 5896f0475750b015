"""The recipe as plain JSON types: how an image becomes the model's input and how its output is read.

The meaning of every key is in docs/recipe.md; `reference.py` carries a recipe out with Pillow and PyTorch.
"""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

FORMAT = "ptrun-recipe/1"

Color = Literal["rgb", "bgr", "gray"]
Filter = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
Activation = Literal["softmax", "sigmoid", "none"]


class Input(TypedDict):
    """`shape` is [C, H, W] of the tensor."""

    color: Color
    shape: NotRequired[list[int]]


class Output(TypedDict):
    """`select` is the index or key of the logits where the model returns several things."""

    activation: NotRequired[Activation]
    select: NotRequired[int | str]


class Resize(TypedDict):
    """`shorter` (with or without `max_size`) or `size` [height, width], in pixels."""

    op: Literal["resize"]
    shorter: NotRequired[int]
    max_size: NotRequired[int]
    size: NotRequired[list[int]]
    filter: Filter


class CenterCrop(TypedDict):
    """`size` is [height, width] in pixels; a smaller image is padded with black."""

    op: Literal["center_crop"]
    size: list[int]
    rounding: NotRequired[Literal["torchvision", "transformers"]]


class Scale(TypedDict):
    """`divide` (in float32) or `multiply` (in float64, then float32)."""

    op: Literal["scale"]
    divide: NotRequired[float]
    multiply: NotRequired[float]


class Normalize(TypedDict):
    """One number a channel, in the order of the model's channels."""

    op: Literal["normalize"]
    mean: list[float]
    std: list[float]


Step = Resize | CenterCrop | Scale | Normalize


class Recipe(TypedDict):
    """Format `ptrun-recipe/1`; `origin` and `goldens` only inside a model (docs/export.md)."""

    format: str
    input: Input
    steps: list[Step]
    output: NotRequired[Output]
    exif_orientation: NotRequired[Literal["ignore", "apply"]]
    labels: NotRequired[list[str]]
    origin: NotRequired[dict[str, object]]
    goldens: NotRequired[dict[str, object]]


def make_recipe(
    steps: list[Step],
    *,
    color: Color = "rgb",
    activation: Activation = "softmax",
    labels: Sequence[str] | None = None,
) -> Recipe:
    """Return a recipe of these steps, with the shape [C, H, W] where the steps fix one."""
    recipe: Recipe = {
        "format": FORMAT,
        "input": {"color": color},
        "steps": steps,
        "output": {"activation": activation},
        "exif_orientation": "ignore",
    }
    size = fixed_size(steps)
    if size is not None:
        recipe["input"]["shape"] = [1 if color == "gray" else 3, *size]
    if labels is not None:
        recipe["labels"] = list(labels)
    return recipe


def fixed_size(steps: Sequence[Step]) -> tuple[int, int] | None:
    """Return the (height, width) that the geometric steps give every image, or None where it varies."""
    size: tuple[int, int] | None = None
    for step in steps:
        if step["op"] == "center_crop" or (step["op"] == "resize" and "size" in step):
            size = (step["size"][0], step["size"][1])
        elif step["op"] == "resize":
            size = None
    return size


def imagenet() -> Recipe:
    """Return torchvision's classic evaluation transform, ptrun's preset of that name."""
    return make_recipe(
        [
            {"op": "resize", "shorter": 256, "filter": "bilinear"},
            {"op": "center_crop", "size": [224, 224]},
            {"op": "scale", "divide": 255},
            {"op": "normalize", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        ]
    )
