"""Programs that combine the images of a batch are known before they run, or found by running images alone."""

# ruff: noqa: D102 (what forward() does is what its class says)

from __future__ import annotations

import json
import os
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from engine_probe import run_model
from PIL import Image
from torch import Tensor, nn

from models import MODELS, SmallNet, example_input, model_file, randomise

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TorchScript's own
BUILD = Path(os.environ.get("PTRUN_BUILD", Path(__file__).resolve().parents[2] / "build"))
RECIPE = {
    "format": "ptrun-recipe/1",
    "input": {"color": "rgb"},
    "steps": [{"op": "resize", "size": [32, 32], "filter": "bilinear"}, {"op": "scale", "divide": 255}],
}


class Combining(nn.Module):
    """A small network with `step` on its input or on its output."""

    def __init__(self, step: Callable[[Tensor], Tensor], where: str) -> None:
        super().__init__()
        self.net = SmallNet()
        self.step, self.where = step, where

    def forward(self, x: Tensor) -> Tensor:
        if self.where == "input":
            return self.net(self.step(x))  # type: ignore[no-any-return]
        y: Tensor = self.net(x)
        return self.step(y)


def attend(x: Tensor) -> Tensor:
    """Attention whose sequence are the images."""
    weights: Tensor = torch.softmax(x @ x.t(), 1) @ x
    return weights


torch.manual_seed(3)
LSTM = nn.LSTM(10, 10).requires_grad_(False)  # both take the sequence as the first dimension
ENCODER = nn.TransformerEncoderLayer(10, 2, 16).eval().requires_grad_(False)


# What computes along the images and which operator says so; "-" where only running finds it.
COMBINING: dict[str, tuple[str, Callable[[Tensor], Tensor], str]] = {
    "softmax": ("output", lambda y: torch.softmax(y, 0), "aten::softmax"),
    "log_softmax": ("output", lambda y: torch.log_softmax(y, -2), "aten::log_softmax"),
    "centre": ("input", lambda x: x - x.mean(0, keepdim=True), "aten::mean"),
    "centre_all": ("input", lambda x: x - x.mean(), "aten::mean"),
    "mean_of_channels": ("input", lambda x: x / x.mean((0, 2, 3), keepdim=True), "aten::mean"),
    "sum": ("output", lambda y: y / y.sum(0), "aten::sum"),
    "largest": ("input", lambda x: x / x.max(), "aten::max"),
    "largest_along": ("output", lambda y: y - y.max(0).values, "aten::max"),
    "amax": ("output", lambda y: y - y.amax(0, keepdim=True), "aten::amax"),
    "deviation": ("input", lambda x: x / x.std(), "aten::std"),
    "norm": ("output", lambda y: y / y.norm(), "aten::"),
    "normalize": ("output", lambda y: nn.functional.normalize(y, dim=0), "aten::"),
    "cumsum": ("output", lambda y: y.cumsum(0), "aten::cumsum"),
    "sort": ("output", lambda y: y.sort(0).values, "aten::sort"),
    "roll": ("output", lambda y: y.roll(1, 0), "aten::roll"),
    "flip": ("output", lambda y: y.flip(0), "aten::flip"),
    "first": ("output", lambda y: y - y[0], "aten::select"),
    "statistics": (
        "input",
        lambda x: nn.functional.batch_norm(x, None, None, training=True),
        "statistics of the batch",
    ),
    "similarity": ("output", attend, "aten::"),
    "pairs": ("output", lambda y: (y.unsqueeze(0) - y.unsqueeze(1)).abs().mean(1), "aten::sub"),
    "transposed": ("output", lambda y: torch.softmax(y.t(), 1).t(), "aten::softmax"),
    "lstm": ("output", lambda y: LSTM(y.unsqueeze(1))[0].squeeze(1), "aten::lstm"),
    "encoder": ("output", lambda y: ENCODER(y.unsqueeze(1)).squeeze(1), "aten::"),
    "neighbours": ("output", lambda y: nn.functional.conv1d(y.t(), torch.ones(10, 10, 1), stride=1).t(), "-"),
    "gathered": ("output", lambda y: y + y[torch.argsort(y[:, 0])], "aten::"),
}


def save(step: Callable[[Tensor], Tensor], where: str, path: Path) -> nn.Module:
    """Trace a network with the step in it."""
    torch.manual_seed(1)
    module = Combining(step, where)
    randomise(module.net)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(module.eval(), torch.rand(3, 3, 32, 32), check_trace=False).save(str(path))
    return module


@pytest.mark.parametrize("name", COMBINING)
def test_named_from_the_program(name: str, tmp_path: Path) -> None:
    where, step, operator = COMBINING[name]
    save(step, where, tmp_path / "model.pt")
    found = run_model(tmp_path / "model.pt", torch.rand(2, 3, 32, 32), combines=1).text.strip()
    assert operator in found if operator != "-" else found == "-"


# The probe runs these only with more options, or not at all.
UNUSUAL = {
    "missing_operator",
    "own_operator",
    "raising",
    "greedy",
    "on_gpu",
    "complex_output",
    "empty_output",
}
UNUSUAL |= {"scalar_output", "tuple", "nested", "dict", "named", "list"}


@pytest.mark.parametrize("name", sorted(set(MODELS) - UNUSUAL))
def test_nothing_is_claimed_of_others(name: str) -> None:
    """The small models of the tests answer for each image alone; two of them do not."""
    images = example_input(name, 1, 1 if name == "grey" else 3)
    found = run_model(model_file(name), images, combines=1).text.strip()
    assert (found != "-") == (name in ("scaling", "traced_in_training")), found


class Scripted(nn.Module):
    """Only bright batches are looked at as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self.net = SmallNet()

    def forward(self, x: Tensor) -> Tensor:
        if x.mean() > 0.5:
            x = x * 0.5
        x -= 0.1
        y: Tensor = self.net(x)
        return y


class Checked(nn.Module):
    """Looks at the whole batch, but gives the same answers."""

    def __init__(self) -> None:
        super().__init__()
        self.net = SmallNet()

    def forward(self, x: Tensor) -> Tensor:
        assert bool(x.min() >= -10), "expected normalised pixels"
        return self.net(x)[:, :]  # type: ignore[no-any-return]


def test_scripts(tmp_path: Path) -> None:
    for module, combines in ((Scripted(), True), (Checked(), False)):
        torch.jit.script(randomise(module).eval()).save(str(tmp_path / "model.pt"))
        found = run_model(tmp_path / "model.pt", torch.rand(2, 3, 32, 32), combines=1).text.strip()
        assert (found != "-") == combines, found


def pictures(folder: Path, levels: list[int]) -> list[Path]:
    """Write noisy pictures of these mean levels."""
    random = np.random.default_rng(5)
    paths = []
    for number, level in enumerate(levels):
        pixels = np.clip(random.normal(level, 5, (32, 32, 3)), 0, 255).astype(np.uint8)
        paths.append(folder / f"{number:03}.png")
        Image.fromarray(pixels).save(paths[-1])
    return paths


def classify(model: Path, folder: Path, *words: str) -> tuple[int, list[dict[str, Any]], str]:
    """Run ptrun classify with logits; return exit code, records and messages."""
    (folder / "recipe.json").write_text(json.dumps(RECIPE))
    done = subprocess.run(
        [BUILD / "ptrun", "classify", model, folder, "--recipe", folder / "recipe.json", "--logits", *words],
        capture_output=True,
        check=False,
        timeout=120,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


@pytest.mark.parametrize("name", ["centre", "largest", "lstm", "statistics", "gathered"])
@pytest.mark.parametrize("levels", [[128] * 6, [0, 0, 0, 0, 255, 40], [10, 200, 90, 30, 250, 128]])
def test_answers_are_those_of_single_images(name: str, levels: list[int], tmp_path: Path) -> None:
    where, step, operator = COMBINING[name]
    module = save(step, where, tmp_path / "model.pt")
    paths = pictures(tmp_path, levels)
    code, records, said = classify(tmp_path / "model.pt", tmp_path, "--batch", "3", "--threads", "1")
    assert code == 0, said
    known = "combines the images of a batch" in said
    assert known if operator != "-" else "answers differently in batches" in said
    for path, record in zip(paths, records, strict=True):
        pixels = torch.from_numpy(np.asarray(Image.open(path)).copy())
        with torch.no_grad():
            expected = module(pixels.permute(2, 0, 1).unsqueeze(0) / 255)[0]
        assert np.allclose(record["logits"], expected, rtol=1e-3, atol=1e-3)
