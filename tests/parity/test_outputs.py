"""What a model returns is looked at before it is believed: scores, or an error that says how to settle it."""

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
from PIL import Image
from torch import Tensor, nn

from models import SmallNet, randomise

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TorchScript's own
BUILD = Path(os.environ.get("PTRUN_BUILD", Path(__file__).resolve().parents[2] / "build"))
STEPS = [{"op": "resize", "size": [32, 32], "filter": "bilinear"}, {"op": "scale", "divide": 255}]
EXACT = ("--optimize", "off", "--threads", "1", "--batch", "1", "--logits")


class Ending(nn.Module):
    """A small network whose output goes through `end`."""

    def __init__(self, end: Callable[[Tensor], Any], classes: int) -> None:
        super().__init__()
        self.net = SmallNet(classes=classes)
        self.end = end

    def forward(self, x: Tensor) -> Any:
        return self.end(self.net(x))


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(1)
    paths = [folder / f"{number}.png" for number in range(3)]
    for path in paths:
        Image.fromarray(random.integers(0, 256, (40, 48, 3), dtype=np.uint8)).save(path)
    return paths


def tensor(path: Path) -> Tensor:
    """Return what the recipe makes of a picture."""
    image = Image.open(path).convert("RGB").resize((32, 32), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).unsqueeze(0).float().div(255)


def save(path: Path, end: Callable[[Tensor], Any], classes: int = 6, images: int = 1) -> Ending:
    """Trace a network with that end."""
    torch.manual_seed(2)
    module = Ending(end, classes)
    randomise(module.net)
    module.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(module, torch.rand(images, 3, 32, 32), check_trace=False, strict=False).save(
            str(path)
        )
    return module


def same_bits(record: dict[str, Any], expected: Tensor) -> bool:
    """Return whether a record's logits read back as the same float32."""
    return bool((np.array(record["logits"], np.float32) == expected.float().numpy().ravel()).all())


def classify(
    model: Path, pictures: list[Path], *words: str, **output: Any
) -> tuple[int, list[dict[str, Any]], str]:
    """Run ptrun classify; `output` is that of the recipe. Return exit code, records and messages."""
    recipe: dict[str, Any] = {"format": "ptrun-recipe/1", "input": {"color": "rgb"}, "steps": STEPS}
    if output:
        recipe["output"] = output
    model.with_suffix(".json").write_text(json.dumps(recipe))
    options: list[str | Path] = ["--recipe", model.with_suffix(".json"), *words]
    done = subprocess.run(
        [BUILD / "ptrun", "classify", model, *pictures, *options],
        capture_output=True,
        check=False,
        timeout=120,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


@pytest.mark.parametrize(
    "end", [lambda y: y, lambda y: y[:, 0], lambda y: y.unsqueeze(2), lambda y: y.half()]
)
@pytest.mark.parametrize("batch", ["1", "3"])
def test_one_number_an_image(
    end: Callable[[Tensor], Tensor], batch: str, pictures: list[Path], tmp_path: Path
) -> None:
    """No score without a word what the number is; the record has the number all the same."""
    module = save(tmp_path / "model.pt", end, classes=1)
    with torch.no_grad():
        numbers = [module(tensor(path)).float().item() for path in pictures]
    code, records, said = classify(tmp_path / "model.pt", pictures, "--batch", batch)
    assert code == 1
    assert {record["error"]["code"] for record in records} == {"output_ambiguous"}
    assert np.allclose([record["top"][0]["score"] for record in records], numbers, rtol=1e-5)
    assert "warning: " in said
    assert "softmax over one number is always 1" in said

    sigmoids = torch.sigmoid(torch.tensor(numbers)).tolist()
    for words, output, expected in (
        (("--activation", "sigmoid"), {}, sigmoids),
        ((), {"activation": "sigmoid"}, sigmoids),
        (("--activation", "none"), {}, numbers),
    ):
        code, records, said = classify(tmp_path / "model.pt", pictures, "--batch", batch, *words, **output)
        assert code == 0, said
        assert np.allclose([record["top"][0]["score"] for record in records], expected, rtol=1e-5)
        assert {record["top"][0]["label"] for record in records} == {None}


def test_softmax_over_one_number_is_no_answer(pictures: list[Path], tmp_path: Path) -> None:
    save(tmp_path / "model.pt", lambda y: y, classes=1)
    for words in ((), ("--activation", "softmax")):
        code, records, _ = classify(tmp_path / "model.pt", pictures, *words, activation="softmax")
        assert code == 1
        assert {record["error"]["code"] for record in records} == {"output_ambiguous"}


def test_two_labels_for_one_number(pictures: list[Path], tmp_path: Path) -> None:
    """The number may be the probability of either: no name is given."""
    save(tmp_path / "model.pt", lambda y: y, classes=1)
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    words = ("--labels", str(tmp_path / "labels.txt"), "--activation", "sigmoid")
    code, records, said = classify(tmp_path / "model.pt", pictures, *words)
    assert code == 0
    assert {record["top"][0]["label"] for record in records} == {None}
    assert "2 labels for 1 output" in said
    (tmp_path / "labels.txt").write_text("dog\n")
    code, records, said = classify(tmp_path / "model.pt", pictures, *words)
    assert {record["top"][0]["label"] for record in records} == {"dog"}


@pytest.mark.parametrize(
    ("end", "shape"),
    [
        (lambda y: y.argmax(1), "int64 [1]"),
        (lambda y: (y * 100).int(), "int32 [1, 6]"),
        (lambda y: y > 0, "bool [1, 6]"),
        (lambda y: y.topk(3).indices, "int64 [1, 3]"),
        (lambda y: (y * 10).round().to(torch.uint8), "uint8 [1, 6]"),
    ],
)
def test_integers_are_no_scores(
    end: Callable[[Tensor], Tensor], shape: str, pictures: list[Path], tmp_path: Path
) -> None:
    module = save(tmp_path / "model.pt", end)
    for words in ((), ("--activation", "softmax"), ("--activation", "sigmoid")):
        code, records, _ = classify(tmp_path / "model.pt", pictures[:1], *words)
        assert code == 1
        assert records[0]["error"]["code"] == "output_ambiguous"
        assert shape in records[0]["error"]["message"]
        assert "top" not in records[0]
    code, records, said = classify(tmp_path / "model.pt", pictures[:1], *EXACT, "--activation", "none")
    assert code == 0, said
    with torch.no_grad():
        assert same_bits(records[0], module(tensor(pictures[0])))


@pytest.mark.parametrize(
    ("end", "shape"),
    [
        (lambda y: y.reshape(-1, 1, 2, 3).repeat(1, 4, 1, 1), "[1, 4, 2, 3]"),
        (lambda y: y.reshape(-1, 3, 2), "[1, 3, 2]"),
    ],
)
def test_maps_are_no_rows(
    end: Callable[[Tensor], Tensor], shape: str, pictures: list[Path], tmp_path: Path
) -> None:
    save(tmp_path / "model.pt", end)
    for words in ((), ("--activation", "none")):
        code, records, _ = classify(tmp_path / "model.pt", pictures[:1], *words)
        assert code == 1
        assert records[0]["error"]["code"] == "output_shape"
        assert shape in records[0]["error"]["message"]


@pytest.mark.parametrize(
    "end", [lambda y: y[:, :, None, None], lambda y: y.unsqueeze(1), lambda y: (y,), lambda y: {"y": y}]
)
def test_one_row_in_whatever_form(end: Callable[[Tensor], Any], pictures: list[Path], tmp_path: Path) -> None:
    module = save(tmp_path / "model.pt", end)
    code, records, said = classify(tmp_path / "model.pt", pictures, *EXACT)
    assert code == 0, said
    for path, record in zip(pictures, records, strict=True):
        with torch.no_grad():
            assert same_bits(record, module.net(tensor(path)))


# What a model returns, the parts as an error names them, and how the logits are chosen.
SEVERAL: list[tuple[Callable[[Tensor], Any], list[str], str]] = [
    (lambda y: (y.argmax(1), y), ["0: int64 [1]", "1: float32 [1, 6]"], "1"),
    (lambda y: (y.softmax(1).topk(3)[0], y.topk(3)[1]), ["0: float32 [1, 3]", "1: int64 [1, 3]"], "0"),
    (lambda y: (y[:, :3] * 2, y, y[:, :1]), ["0: float32 [1, 3]", "2: float32 [1, 1]"], "1"),
    (lambda y: (y.max(1).values, y.max(1).indices), ["0: float32 [1]", "1: int64 [1]"], ""),
    (lambda y: {"features": y[:, :3], "logits": y}, ["features: float32 [1, 3]"], "logits"),
    (lambda y: (y, (y * 2, y * 3)), ["1.0: float32 [1, 6]", "1.1: float32 [1, 6]"], "1.0"),
    (lambda y: (y.sum(), y), ["0: float32 []", "1: float32 [1, 6]"], "1"),
    (lambda y: [y, y.exp()], ["0: float32 [1, 6]", "1: float32 [1, 6]"], "1"),
]


@pytest.mark.parametrize("number", range(len(SEVERAL)))
def test_several_tensors(number: int, pictures: list[Path], tmp_path: Path) -> None:
    """All are named; `output.select` of the recipe, or the option, says which it is."""
    end, named, select = SEVERAL[number]
    module = save(tmp_path / "model.pt", end)
    code, records, said = classify(tmp_path / "model.pt", pictures)
    assert code == 1
    for record in records:
        assert record["error"]["code"] == "output_ambiguous"
        assert all(part in record["error"]["message"] for part in named), record
    assert "output.select" in said
    if not select:
        return
    with torch.no_grad():
        parts = module(tensor(pictures[0]))
    for key in select.split("."):
        parts = parts[int(key) if key.isdigit() else key]
    whole = int(select) if select.isdigit() else select
    for words, output in ((("--select", select), {}), ((), {"select": whole})):
        code, records, said = classify(tmp_path / "model.pt", pictures, *EXACT, *words, **output)
        assert code == 0, said
        assert same_bits(records[0], parts)


def test_outputs_that_were_distributions(pictures: list[Path], tmp_path: Path) -> None:
    """What is none after all is an error, not a score."""
    save(tmp_path / "model.pt", lambda y: y.softmax(1), images=3)
    code, records, said = classify(tmp_path / "model.pt", pictures)
    assert (code, "already is a probability distribution" in said) == (0, True)
    assert all(0 <= record["top"][0]["score"] <= 1 for record in records)

    bright = Image.new("RGB", (32, 32), (255, 255, 255))
    bright.save(tmp_path / "bright.png")

    class Sometimes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = SmallNet(classes=6)

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.net(x)
            return torch.where(x.flatten(1).mean(1, keepdim=True) > 0.9, y, y.softmax(1))

    torch.jit.script(randomise(Sometimes()).eval()).save(str(tmp_path / "model.pt"))
    code, records, _ = classify(tmp_path / "model.pt", [*pictures, tmp_path / "bright.png"])
    assert code == 1
    assert [record["status"] for record in records] == ["ok", "ok", "ok", "error"]
    assert records[3]["error"]["code"] == "output_ambiguous"


def test_outputs_of_a_sigmoid_are_warned_about(pictures: list[Path], tmp_path: Path) -> None:
    save(tmp_path / "model.pt", lambda y: y.sigmoid())
    code, _, said = classify(tmp_path / "model.pt", pictures)
    assert (code, "every output lies between 0 and 1" in said) == (0, True)
    code, _, said = classify(tmp_path / "model.pt", pictures, "--activation", "none")
    assert (code, "warning" in said) == (0, False)
