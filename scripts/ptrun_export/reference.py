"""What a recipe means, carried out with Pillow and PyTorch: the reference for ptrun's C code.

Nothing here is clever on purpose: each step is the call that torchvision's or transformers' transform
makes on a Pillow image.
"""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageOps

from .recipe import CenterCrop, Normalize, Recipe, Resize, Scale

RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def open_image(source: str | Path | bytes) -> Image.Image:
    """Decode an image file, or the bytes of one, to RGB; its EXIF data stays attached."""
    with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
        return image.convert("RGB")


def decoded_pixels(source: str | Path | bytes) -> npt.NDArray[np.uint8]:
    """Return the decoded pixels, uint8 (H, W, 3), RGB: `ptrun preprocess --stage decoded`."""
    return np.asarray(open_image(source))


def resized_pixels(source: str | Path | bytes, recipe: Recipe) -> npt.NDArray[np.uint8]:
    """Return the pixels after the geometric steps, uint8 (H, W, 3) RGB or (H, W, 1) grey."""
    return _resized(open_image(source), recipe)


def tensor(source: str | Path | bytes, recipe: Recipe) -> torch.Tensor:
    """Return the model's input, float32 (1, C, H, W), contiguous."""
    return tensor_of_image(open_image(source), recipe)


def tensor_of_image(image: Image.Image, recipe: Recipe) -> torch.Tensor:
    """Return the model's input for a decoded RGB image, float32 (1, C, H, W), contiguous."""
    pixels = torch.from_numpy(_resized(image, recipe).copy()).permute(2, 0, 1)
    if recipe["input"]["color"] == "bgr":
        pixels = pixels.flip(0)
    value = pixels.to(torch.float32)
    for step in recipe["steps"]:
        if step["op"] == "scale":
            value = _scale(value, step)
        elif step["op"] == "normalize":
            value = _normalize(value, step)
    value = value.unsqueeze(0).contiguous()
    shape = recipe["input"].get("shape")
    if shape is not None and list(value.shape[1:]) != shape:
        raise ValueError(
            f"the recipe gives a tensor of shape {list(value.shape[1:])}, its input.shape says {shape}"
        )
    return value


def _resized(image: Image.Image, recipe: Recipe) -> npt.NDArray[np.uint8]:
    if recipe.get("exif_orientation") == "apply":
        image = ImageOps.exif_transpose(image)
    if recipe["input"]["color"] == "gray":
        image = image.convert("L")
    for step in recipe["steps"]:
        if step["op"] == "resize":
            image = _resize(image, step)
        elif step["op"] == "center_crop":
            image = _center_crop(image, step)
    pixels = np.asarray(image)
    return pixels.reshape(*pixels.shape[:2], -1)


def _resize(image: Image.Image, step: Resize) -> Image.Image:
    if "size" in step:
        height, width = step["size"]
    else:
        width, height = _shorter_side_to(image.size, step["shorter"], step.get("max_size"))
    return image.resize((width, height), RESAMPLING[step["filter"]])


def _shorter_side_to(size: tuple[int, int], shorter: int, max_size: int | None) -> tuple[int, int]:
    """Return (width, height) as torchvision's Resize(int) computes it (functional.py, 0.29)."""
    short, long = min(size), max(size)
    new_short, new_long = shorter, shorter * long // short
    if max_size is not None and new_long > max_size:
        new_short, new_long = max_size * new_short // new_long, max_size
    return (new_short, new_long) if size[0] <= size[1] else (new_long, new_short)


def _center_crop(image: Image.Image, step: CenterCrop) -> Image.Image:
    height, width = step["size"]
    if step.get("rounding", "torchvision") == "transformers":
        left, top = _floor_offset(image.width, width), _floor_offset(image.height, height)
    else:
        left, top = _even_offset(image.width, width), _even_offset(image.height, height)
    return image.crop((left, top, left + width, top + height))  # black beyond the edges


def _even_offset(side: int, crop: int) -> int:
    """Return torchvision's offset: minus floor(half of what lacks), or half of the excess to even."""
    return -((crop - side) // 2) if crop > side else round((side - crop) / 2)


def _floor_offset(side: int, crop: int) -> int:
    """Return transformers' offset (image_transforms.py center_crop, 5.23): floor, also below zero."""
    return (side - crop) // 2


def _scale(value: torch.Tensor, step: Scale) -> torch.Tensor:
    if "multiply" in step:
        return (value.to(torch.float64) * step["multiply"]).to(torch.float32)
    return value.div(step["divide"])


def _normalize(value: torch.Tensor, step: Normalize) -> torch.Tensor:
    mean = torch.tensor(step["mean"], dtype=torch.float32).view(-1, 1, 1)
    std = torch.tensor(step["std"], dtype=torch.float32).view(-1, 1, 1)
    return value.sub(mean).div(std)
