"""What Python does for each recipe of tests/parity/recipes: the real torchvision, timm and transformers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from models import allow_torchvision

allow_torchvision()

import timm.data  # noqa: E402
from torchvision import transforms as tv  # noqa: E402
from torchvision.transforms import functional as tvf  # noqa: E402
from transformers import image_transforms  # noqa: E402
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil  # noqa: E402
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil  # noqa: E402

RECIPES = Path(__file__).with_name("recipes")

Floats = npt.NDArray[np.float32]
Pipeline = Callable[[Image.Image], Floats]

IMAGENET = tv.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
HALF = tv.Normalize([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
MODE = tv.InterpolationMode


def torchvision(*steps: Any) -> Pipeline:
    """Compose transforms of torchvision."""
    composed = tv.Compose(list(steps))
    return lambda image: composed(image).unsqueeze(0).numpy()


def timm_eval(crop_pct: float) -> Pipeline:
    """Make timm's evaluation transform."""
    transform = timm.data.create_transform(
        (3, 224, 224),
        is_training=False,
        interpolation="bicubic",
        crop_pct=crop_pct,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    )
    return lambda image: transform(image).unsqueeze(0).numpy()


def processor(made: Any) -> Pipeline:
    """Call an image processor of transformers, the one of Pillow and numpy."""
    return lambda image: made(image, return_tensors="np")["pixel_values"]


def imagenet_processor(**settings: Any) -> Pipeline:
    """Make a processor with the order of CLIP and the mean and deviation of ImageNet."""
    return processor(
        CLIPImageProcessorPil(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225], **settings)
    )


def bgr(image: Image.Image) -> Floats:
    """Give the channels the other way round, as float32 of 0..255, shape (3, H, W)."""
    return np.asarray(image)[:, :, ::-1].transpose(2, 0, 1).astype(np.float32)


def bgr_255(image: Image.Image) -> Floats:
    """Do as Caffe's models: BGR of 0..255 minus a mean."""
    pixels = bgr(tvf.center_crop(tvf.resize(image, [256]), [224, 224]))
    mean = np.array([103.939, 116.779, 123.68], np.float32).reshape(3, 1, 1)
    return (pixels - mean)[None]


def bgr_minus_one_to_one(image: Image.Image) -> Floats:
    """Do as TensorFlow's models: v / 127.5 - 1, here in BGR."""
    pixels = torch.from_numpy(bgr(image.resize((256, 192), Image.Resampling.HAMMING)))
    return (pixels / 127.5 - 1).unsqueeze(0).numpy()


def many_steps(image: Image.Image) -> Floats:
    """Resize and crop again and again, by two libraries."""
    image = tvf.center_crop(image.resize((200, 301), Image.Resampling.LANCZOS), [211, 151])
    image = tvf.center_crop(tvf.resize(image, [97], MODE.HAMMING), [300, 90])
    cropped = image_transforms.center_crop(np.asarray(image), (50, 64))
    image = Image.fromarray(cropped).resize((44, 33), Image.Resampling.BICUBIC)
    return torchvision(tv.ToTensor(), IMAGENET)(image)


PIPELINES: dict[str, Pipeline] = {
    "torchvision_classic": torchvision(tv.Resize(256), tv.CenterCrop(224), tv.ToTensor(), IMAGENET),
    "torchvision_inception": torchvision(tv.Resize(342), tv.CenterCrop(299), tv.ToTensor(), HALF),
    "timm_bicubic_0875": timm_eval(0.875),
    "timm_bicubic_090": timm_eval(0.9),
    "hf_vit": processor(ViTImageProcessorPil()),
    "clip": processor(CLIPImageProcessorPil()),
    "hf_odd_crop": imagenet_processor(size={"shortest_edge": 97}, crop_size={"height": 101, "width": 75}),
    "gray": torchvision(
        lambda image: image.convert("L").resize((28, 28), Image.Resampling.LANCZOS),
        tv.ToTensor(),
        tv.Normalize([0.1307], [0.3081]),
    ),
    "gray_shorter": torchvision(
        tv.Grayscale(),
        tv.Resize(130),
        tv.CenterCrop((117, 119)),
        tv.ToTensor(),
        tv.Normalize([0.449], [0.226]),
    ),
    "bgr_255": bgr_255,
    "bgr_minus_one_to_one": bgr_minus_one_to_one,
    "padded_crop": torchvision(tv.CenterCrop((513, 700)), tv.ToTensor(), IMAGENET),
    "padded_crop_transformers": imagenet_processor(do_resize=False, crop_size={"height": 513, "width": 700}),
    "non_square": torchvision(
        lambda image: image.resize((300, 161), Image.Resampling.BOX),
        tv.CenterCrop((150, 281)),
        tv.ToTensor(),
        IMAGENET,
    ),
    "max_size": torchvision(tv.Resize(256, max_size=300), tv.ToTensor(), IMAGENET),
    "nearest": torchvision(tv.Resize(256, MODE.NEAREST), tv.CenterCrop(224), tv.ToTensor()),
    "many_steps": many_steps,
    "no_steps": lambda image: np.asarray(image).transpose(2, 0, 1).astype(np.float32)[None],
}
