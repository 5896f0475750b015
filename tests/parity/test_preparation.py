"""A long run, prepared as it is measured to be the fastest, gives the answers of the model as saved."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models import BUILD, model_file, size_of

IMAGES = 259  # long enough to be measured; the last batch is not full
LIMIT = 1e-5


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of small pictures, one of which is none."""
    folder = tmp_path_factory.mktemp("images")
    random = np.random.default_rng(7)
    for number in range(IMAGES):
        pixels = random.integers(0, 256, (40, 50, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03}.png")
    (folder / "003.png").write_bytes(b"no picture")
    return folder


def classify(name: str, images: Path, folder: Path, output: str, *words: str) -> tuple[bytes, dict[str, Any]]:
    """Run a model over the images; return its records and what the manifest says about the model."""
    size = size_of(name)
    steps = [
        {"op": "resize", "size": [size, size], "filter": "bilinear"},
        {"op": "scale", "divide": 255},
        {"op": "normalize", "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]},
    ]
    recipe = folder / "recipe.json"
    recipe.write_text(json.dumps({"format": "ptrun-recipe/1", "input": {"color": "rgb"}, "steps": steps}))
    command: list[str | Path] = [BUILD / "ptrun", "classify", model_file(name), images, "--recipe", recipe]
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder)}
    done = subprocess.run(
        [*command, "--logits", "-q", "-o", folder / output, *words],
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr.decode()  # the picture that is none
    manifest = json.loads((folder / f"{output}.ptrun.json").read_text())
    return (folder / output).read_bytes(), manifest["model"]


def logits(records: bytes) -> NDArray[np.float32]:
    """Return the raw outputs of the images that have some."""
    rows = [json.loads(line) for line in records.splitlines()]
    assert len(rows) == IMAGES
    return np.array([row["logits"] for row in rows if row["status"] == "ok"], np.float32)


def check_same(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> None:
    """Check the limit of the contract for each image, and the best class."""
    assert ours.shape == theirs.shape == (IMAGES - 1, ours.shape[1])
    error = np.abs(ours - theirs).max(1) / np.abs(theirs).max(1)
    assert error.max() <= LIMIT
    best = np.sort(theirs, 1)
    apart = best[:, -1] - best[:, -2] > 2 * LIMIT * np.abs(theirs).max(1)
    assert (ours.argmax(1) == theirs.argmax(1))[apart].all()


@pytest.mark.parametrize("name", ["resnet", "vit", "mobilenet", "convnext", "branches"])
def test_measured_preparation_keeps_the_answers(name: str, images: Path, tmp_path: Path) -> None:
    theirs, as_saved = classify(
        name, images, tmp_path, "off", "--optimize", "off", "--batch", "1", "--threads", "1"
    )
    ours, measured = classify(name, images, tmp_path, "measured")
    again, remembered = classify(name, images, tmp_path, "again")
    assert as_saved["preparation"] == "off"
    assert measured["preparation_by"] == "measurement"
    assert 0 <= measured["preparation_error"] <= LIMIT
    check_same(logits(ours), logits(theirs))
    assert (again, remembered) == (ours, measured)


WAYS: Sequence[Sequence[str]] = [
    ["--optimize", "onednn-graph", "--instances", "3", "--threads", "2"],
    ["--optimize", "frozen-channels-last", "--batch", "5", "--instances", "1"],
    ["--optimize", "onednn-graph", "--batch", "300"],
]


@pytest.mark.parametrize("words", WAYS, ids=" ".join)
def test_named_preparation_keeps_the_answers(words: list[str], images: Path, tmp_path: Path) -> None:
    theirs, _ = classify(
        "resnet", images, tmp_path, "off", "--optimize", "off", "--batch", "1", "--threads", "1"
    )
    ours, model = classify("resnet", images, tmp_path, "named", *words)
    assert (model["preparation"], model["preparation_by"]) == (words[1], "option")
    check_same(logits(ours), logits(theirs))


def test_agreement_of_bf16_is_told(images: Path, tmp_path: Path) -> None:
    _, model = classify("resnet", images, tmp_path, "bf16", "--precision", "bf16")
    agreement = model["fp32_agreement"]
    assert agreement["images"] == 7  # of the first batch, without the picture that is none
    assert 0 <= agreement["same_top1"] <= 7
    assert 0 < agreement["error"] < 0.1
