"""The tensor of `ptrun preprocess` is Python's, every bit, for each recipe on photographs and odd images."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import skimage
import sklearn.datasets
import torch
from PIL import Image, ImageOps
from pipelines import PIPELINES, RECIPES, Floats

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PTRUN_BUILD", ROOT / "build")).resolve()

SKIMAGE = Path(skimage.__file__).parent / "data"
SKLEARN = Path(sklearn.datasets.__file__).parent / "images"
PHOTOGRAPHS = [
    SKLEARN / "china.jpg",
    SKLEARN / "flower.jpg",
    SKIMAGE / "rocket.jpg",
    SKIMAGE / "chelsea.png",
    SKIMAGE / "camera.png",
]
MORE_PHOTOGRAPHS = [
    *(SKIMAGE / name for name in ("hubble_deep_field.jpg", "retina.jpg", "coffee.png", "astronaut.png")),
    *(SKIMAGE / name for name in ("motorcycle_left.png", "page.png", "horse.png", "ihc.png", "coins.png")),
]
if os.environ.get("PTRUN_ACCEPTANCE"):
    PHOTOGRAPHS += MORE_PHOTOGRAPHS

# One pixel, lines, small, odd, the target's own size, portraits whose vertical pass goes first.
SIZES = [
    (1, 1),
    (1, 40),
    (40, 1),
    (3, 2),
    (97, 61),
    (224, 224),
    (256, 341),
    (701, 515),
    (800, 2000),
    (301, 999),
]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Save noise of each size."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(7)
    paths = []
    for width, height in SIZES:
        paths.append(folder / f"{width}x{height}.png")
        Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(paths[-1])
    return paths


def preprocess(image: Path, recipe: Path, output: Path, stage: str = "tensor") -> npt.NDArray[np.generic]:
    """Run the program."""
    subprocess.run(
        [BUILD / "ptrun", "preprocess", "none", image, "--recipe", recipe, "--stage", stage, "-o", output],
        check=True,
    )
    array: npt.NDArray[np.generic] = np.load(output)
    return array


def same_bits(ours: npt.NDArray[np.generic], theirs: Floats) -> bool:
    return (
        ours.dtype == theirs.dtype == np.float32
        and ours.shape == theirs.shape
        and ours.tobytes() == theirs.tobytes()
    )


def test_every_recipe_has_a_pipeline() -> None:
    assert {path.stem for path in RECIPES.glob("*.json")} == set(PIPELINES)


@pytest.mark.parametrize("name", PIPELINES)
def test_every_bit(name: str, generated: list[Path], tmp_path: Path) -> None:
    """Compare the whole way from the file to the tensor."""
    for path in [*PHOTOGRAPHS, *generated]:
        theirs = PIPELINES[name](Image.open(path).convert("RGB"))
        ours = preprocess(path, RECIPES / f"{name}.json", tmp_path / "out.npy")
        assert same_bits(ours, np.ascontiguousarray(theirs)), path.name


def test_resized_stage(tmp_path: Path) -> None:
    """Compare the pixels before the floats."""
    ours = preprocess(SKIMAGE / "chelsea.png", RECIPES / "hf_vit.json", tmp_path / "out.npy", "resized")
    image = Image.open(SKIMAGE / "chelsea.png").convert("RGB")
    theirs = np.asarray(image.resize((224, 224), Image.Resampling.BILINEAR))
    assert ours.dtype == np.uint8
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_by_request(orientation: int, tmp_path: Path) -> None:
    """Turn the image before the steps where the recipe says so, and only there."""
    path, recipe = tmp_path / "turned.jpg", tmp_path / "recipe.json"
    plain = (RECIPES / "max_size.json").read_text()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.open(SKIMAGE / "rocket.jpg").crop((30, 40, 430, 290)).save(path, exif=exif)
    image = Image.open(path)
    for word, seen in (("ignore", image), ("apply", ImageOps.exif_transpose(image))):
        recipe.write_text(plain.replace('"input"', f'"exif_orientation": "{word}", "input"'))
        ours = preprocess(path, recipe, tmp_path / "out.npy")
        assert same_bits(ours, PIPELINES["max_size"](seen.convert("RGB"))), word


def test_side_of_nothing(tmp_path: Path) -> None:
    """Refuse what Python refuses: a shorter side that max_size leaves no pixel."""
    Image.new("RGB", (1, 2000)).save(tmp_path / "line.png")
    command = f"{BUILD}/ptrun preprocess none line.png --recipe {RECIPES}/max_size.json -o out.npy"
    result = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "[image_unsupported]" in result.stderr
    assert not (tmp_path / "out.npy").exists()
    with pytest.raises(ValueError, match="must be > 0"):
        PIPELINES["max_size"](Image.open(tmp_path / "line.png"))
