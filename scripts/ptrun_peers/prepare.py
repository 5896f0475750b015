"""One photograph to one tensor, as users of these libraries write it: Pillow, then torchvision or NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from .backends import Floats

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]

Prepare = Callable[[str], Floats]


def with_numpy(path: str) -> Floats:
    """Return float32 (3, 224, 224): shorter side to 256, centre, scale, normalise."""
    with Image.open(path) as file:
        image = file.convert("RGB")
    width, height = image.size
    size = (256, 256 * height // width) if width < height else (256 * width // height, 256)
    image = image.resize(size, Image.Resampling.BILINEAR)
    left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    pixels: Any = np.asarray(image.crop((left, top, left + 224, top + 224)), np.float32) / 255
    tensor: Floats = (pixels - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    return tensor.transpose(2, 0, 1)


def with_torchvision() -> Prepare:
    """Return the same as torchvision's transforms, which give a tensor."""
    from ptrun_export import vision

    vision.make_importable()
    from torchvision import transforms

    steps: Any = transforms.Compose(
        [
            transforms.Resize(256),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, STD),
        ]
    )

    def prepare(path: str) -> Floats:
        with Image.open(path) as file:
            tensor: Floats = steps(file.convert("RGB")).numpy()
        return tensor

    return prepare
