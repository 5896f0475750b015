"""ptrun verify: what agrees is verified; where one stage was changed, exactly that stage is named."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import export_model
import numpy as np
import pytest
import record_eager
import torch
from PIL import Image
from ptrun_export import archive, goldens, reference, transforms, vision
from ptrun_export.recipe import Recipe
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PTRUN_BUILD", ROOT / "build"))
ACCEPTANCE = os.environ.get("PTRUN_ACCEPTANCE") == "1"
BITS = ("--optimize", "off", "--threads", "1")
STAGES = ["file", "decoded", "resized", "tensor", "logits", "top"]


class Net(nn.Module):
    """Small, and sensitive to the order of the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2)
        self.last = nn.Linear(8, 6)

    def forward(self, x: Tensor) -> Tensor:
        """Return six logits for each image."""
        y: Tensor = self.last(torch.relu(self.conv(x)).mean((2, 3)))
        return y


RECIPE: Recipe = {
    "format": "ptrun-recipe/1",
    "input": {"color": "rgb", "shape": [3, 32, 32]},
    "steps": [
        {"op": "resize", "shorter": 36, "filter": "bilinear"},
        {"op": "center_crop", "size": [32, 32]},
        {"op": "scale", "divide": 255},
        {"op": "normalize", "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.25, 0.3]},
    ],
    "labels": ["a", "b", "c", "d", "e", "f"],
}


def network(seed: int = 1) -> Net:
    torch.manual_seed(seed)
    return Net().eval()


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pictures of three formats and sizes."""
    folder = tmp_path_factory.mktemp("images")
    paths = [folder / name for name in ("one.png", "two.jpg", "three.bmp")]
    for number, path in enumerate(paths):
        Image.fromarray(transforms.probe_pixels(90 + 31 * number, 70 + 9 * number, number)).save(path)
    return paths


def save(
    path: Path,
    images: list[Path],
    recorded: Recipe = RECIPE,
    recipe: Recipe | None = None,
    module: nn.Module | None = None,
) -> Path:
    """Write a model whose goldens are those of network() and the recipe `recorded`, whatever it holds."""
    index, files = goldens.record(images, recorded, network())
    described: Recipe = {**(recipe or recorded), "goldens": index}
    program = torch.jit.trace(module or network(), torch.zeros(2, 3, 32, 32))
    archive.save(path, program, {archive.RECIPE: archive.dump_json(described), **files})
    return path


def verify(model: Path, *options: str | Path, code: int) -> dict[str, Any]:
    """Run ptrun verify, check its exit code, return its JSON document."""
    command: list[str | Path] = [BUILD / "ptrun", "verify", model, "--format", "json", *options]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert done.returncode == code, (done.returncode, done.stdout[-500:], done.stderr)
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["verified"] is (code == 0)
    return document


def refused(model: Path, *options: str | Path) -> tuple[int, str]:
    """Run ptrun verify where it must refuse; return exit code and messages. It prints no verdict."""
    command: list[str | Path] = [BUILD / "ptrun", "verify", model, *options]
    environment = os.environ | {"PTRUN_FAKE": "classes=6"}
    done = subprocess.run(command, capture_output=True, check=False, timeout=120, env=environment)
    assert done.stdout == b""
    return done.returncode, done.stderr.decode()


def first_stages(document: dict[str, Any]) -> set[str | None]:
    """Return the first stages that differ, having checked each against the stages' own states."""
    for sample in document["samples"]:
        states = [sample["stages"][stage]["status"] for stage in STAGES]
        differing = [stage for stage, state in zip(STAGES, states, strict=True) if state == "differs"]
        assert sample["first"] == (differing[0] if differing else None)
    return {sample["first"] for sample in document["samples"]}


def test_goldens_agree(images: list[Path], tmp_path: Path) -> None:
    model = save(tmp_path / "model.pt", images)
    for options in (BITS, ()):
        document = verify(model, *options, code=0)
        assert document["tolerance"] == (0 if options else 1e-5)
        assert [sample["name"] for sample in document["samples"]] == [path.name for path in images]
        for sample in document["samples"]:
            assert {state["status"] for state in sample["stages"].values()} == {"ok"}
    assert document["summary"]["agreed"] == 3


def test_bundled_model_bit_for_bit(tmp_path: Path) -> None:
    """The bits are those of the processor that recorded them, so they are recorded here."""
    digits, here = ROOT / "models" / "digits", tmp_path / "digits.pt"
    words = ["annotate", digits / "digits.pt", "-o", here, "--samples", digits / "samples"]
    assert export_model.main([str(word) for word in words]) == 0
    document = verify(here, *BITS, "--tolerance", "0", code=0)
    assert document["summary"]["agreed"] == 16
    assert document["summary"]["largest"] == 0


def test_bundled_model_agrees_on_every_processor() -> None:
    assert verify(ROOT / "models" / "digits" / "digits.pt", code=0)["summary"]["agreed"] == 16


def test_weights_that_lie_askew(images: list[Path], tmp_path: Path) -> None:
    """Weights of safetensors lie unaligned in the file's memory; the goldens are the program's bits."""
    vision.make_importable()
    import transformers

    torch.manual_seed(5)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "image_size": 64}
    config = transformers.ViTConfig(num_labels=7, intermediate_size=64, **sizes)
    module = transformers.ViTForImageClassification(config).eval()
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.2)
    module.save_pretrained(tmp_path / "vit")
    side = {"height": 64, "width": 64}
    transformers.ViTImageProcessorPil(size=side).save_pretrained(tmp_path / "vit")
    words = [f"hf:{tmp_path / 'vit'}", "-o", str(tmp_path / "vit.pt"), "--samples", *map(str, images)]
    assert export_model.main(words) == 0
    verify(tmp_path / "vit.pt", *BITS, "--tolerance", "0", code=0)


def changed(**keys: Any) -> Recipe:
    """Return the recipe with other keys."""
    return {**RECIPE, **keys}  # type: ignore[typeddict-item]


def changed_step(number: int, **keys: Any) -> Recipe:
    """Return the recipe with other keys in one step."""
    steps = [dict(step) for step in RECIPE["steps"]]
    steps[number] |= keys
    return changed(steps=steps)


RECIPE_MUTATIONS = {
    "filter": (changed_step(0, filter="bicubic"), "resized"),
    "size": (changed_step(0, shorter=40), "resized"),
    "gray": (
        changed(
            input={"color": "gray"},
            steps=[*RECIPE["steps"][:3], {"op": "normalize", "mean": [0.5], "std": [0.2]}],
        ),
        "resized",
    ),
    "bgr": (changed(input={"color": "bgr"}), "tensor"),
    "std": (changed_step(3, std=[0.2, 0.25, 0.300001]), "tensor"),
    "mean": (changed_step(3, mean=[0.5, 0.4, 0.31]), "tensor"),
    "scale": (changed_step(2, divide=256), "tensor"),
}


@pytest.mark.parametrize("name", RECIPE_MUTATIONS)
def test_changed_recipe(name: str, images: list[Path], tmp_path: Path) -> None:
    """The recipe in the file is not the one of the recording."""
    recipe, stage = RECIPE_MUTATIONS[name]
    model = save(tmp_path / "model.pt", images, recipe=recipe)
    if name == "gray":  # its first weight takes three channels
        code, said = refused(model)
        assert code == 4 and "model_input_shape" in said
        return
    document = verify(model, code=1)
    assert first_stages(document) == {stage}
    assert document["summary"]["first"] == stage


def test_bgr_pixels(images: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording whose decoder gives BGR, as OpenCV's does."""
    original = reference.open_image

    def swapped(source: str | Path | bytes) -> Image.Image:
        return Image.fromarray(np.asarray(original(source))[:, :, ::-1].copy())

    monkeypatch.setattr(reference, "open_image", swapped)
    document = verify(save(tmp_path / "model.pt", images), code=1)
    assert first_stages(document) == {"decoded"}


def test_changed_weights(images: list[Path], tmp_path: Path) -> None:
    """The figures are those that NumPy computes."""
    other = network()
    with torch.no_grad():
        other.last.bias[2] += 0.01
    model = save(tmp_path / "model.pt", images, module=other)
    document = verify(model, *BITS, code=1)
    assert first_stages(document) == {"logits"}
    for sample, path in zip(document["samples"], images, strict=True):
        tensor = reference.tensor(path, RECIPE)
        with torch.inference_mode(), goldens.one_thread():
            recorded, now = (net(tensor).numpy().ravel().astype(np.float64) for net in (network(), other))
        figures = sample["stages"]["logits"]
        largest = np.abs(recorded - now).max()
        assert figures["differing"] == 1
        assert figures["largest"] == pytest.approx(largest, rel=1e-12)
        assert figures["relative"] == pytest.approx(largest / np.abs(recorded).max(), rel=1e-12)
        cosine = recorded @ now / np.linalg.norm(recorded) / np.linalg.norm(now)
        assert figures["cosine"] == pytest.approx(cosine, rel=1e-12)
    assert document["summary"]["largest"] == max(
        s["stages"]["logits"]["largest"] for s in document["samples"]
    )
    verify(model, *BITS, "--tolerance", "0.5", code=0)


def test_one_bit_of_one_weight(images: list[Path], tmp_path: Path) -> None:
    """A difference in the last bit passes by tolerance, never bit for bit."""
    other = network()
    with torch.no_grad():
        other.last.bias.copy_(torch.nextafter(other.last.bias, torch.tensor(9.0)))
    model = save(tmp_path / "model.pt", images, module=other)
    verify(model, code=0)
    assert first_stages(verify(model, *BITS, code=1)) <= {"logits", None}


def test_other_image(images: list[Path], tmp_path: Path) -> None:
    model = save(tmp_path / "model.pt", images)
    archive.rewrite(model, model, {"goldens/01.jpg": images[0].read_bytes()})
    document = verify(model, code=1)
    assert [sample["first"] for sample in document["samples"]] == [None, "file", None]
    assert document["summary"]["first"] == "file"


def test_image_that_does_not_decode(images: list[Path], tmp_path: Path) -> None:
    model = save(tmp_path / "model.pt", images)
    extra = archive.read_extra(model)
    recipe = json.loads(extra[archive.RECIPE])
    content = images[0].read_bytes()[:200]
    for golden in recipe["goldens"]["images"]:
        del golden["sha256"]
    archive.rewrite(model, model, {archive.RECIPE: archive.dump_json(recipe), "goldens/00.png": content})
    sample = verify(model, code=1)["samples"][0]
    assert sample["first"] == "decoded"
    assert sample["error"]["code"] == "image_truncated"
    assert [sample["stages"][stage]["status"] for stage in STAGES] == [
        "not_recorded",
        "differs",
        *["not_reached"] * 4,
    ]


def test_prepared_models(images: list[Path], tmp_path: Path) -> None:
    """Half precision and int8 replay their own goldens with no option."""
    for name, module in {"bf16": network().to(torch.bfloat16), "fp16": network().half()}.items():
        for parameter in module.parameters():
            parameter.requires_grad_(False)

        class Cast(nn.Module):
            """Input and logits stay float32."""

            def __init__(self, inner: nn.Module, dtype: torch.dtype) -> None:
                super().__init__()
                self.inner, self.dtype = inner, dtype

            def forward(self, x: Tensor) -> Tensor:
                """Return float32 logits."""
                y: Tensor = self.inner(x.to(self.dtype)).to(torch.float32)
                return y

        cast = Cast(module, next(module.parameters()).dtype).eval()
        index, files = goldens.record(images, RECIPE, cast)
        described: Recipe = {**RECIPE, "goldens": index}
        program = torch.jit.trace(cast, torch.zeros(2, 3, 32, 32))
        model = tmp_path / f"{name}.pt"
        archive.save(model, program, {archive.RECIPE: archive.dump_json(described), **files})
        verify(model, code=0)


class Indexed(Net):
    """With an index and a trace's constant, neither of which is a weight."""

    index: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("index", torch.tensor([2, 0, 1]))
        self.scale = torch.tensor([1.0, 0.5, 2.0]).view(3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return six logits for each image."""
        return super().forward(x[:, self.index] * self.scale)


def test_low_precision(images: list[Path], tmp_path: Path) -> None:
    """In bf16 real numbers become bf16, indices stay what they are."""
    torch.manual_seed(3)
    module = Indexed().eval()
    index, files = goldens.record(images, RECIPE, module)
    model = tmp_path / "indexed.pt"
    program = torch.jit.trace(module, torch.zeros(2, 3, 32, 32))
    archive.save(model, program, {archive.RECIPE: archive.dump_json({**RECIPE, "goldens": index}), **files})
    verify(model, *BITS, code=0)
    document = verify(model, "--precision", "bf16", code=0)
    assert document["summary"]["largest"] > 0


def test_missing_goldens(images: list[Path], tmp_path: Path) -> None:
    """Nothing was verified: no verdict, exit code 4, and the way to goldens."""
    model = save(tmp_path / "model.pt", images)
    empty = {**RECIPE, "goldens": {"images": []}}
    for recipe in (RECIPE, empty):
        archive.rewrite(model, model, {archive.RECIPE: archive.dump_json(recipe)})
        code, said = refused(model)
        assert code == 4
        assert "[goldens_missing]" in said
        assert "scripts/export_model.py annotate" in said


GOLDEN_FAULTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "images is no list": lambda g: g.update(images={}),
    "no file": lambda g: g["images"][0].pop("file"),
    "a record that is not there": lambda g: g["images"][0]["logits"].update(file="goldens/99.f32"),
    "an image that is not there": lambda g: g["images"][0].update(file="goldens/99.png"),
    "digest": lambda g: g["images"][0]["tensor"].update(sha256="x" * 64),
    "negative": lambda g: g["images"][0]["tensor"].update(shape=[1, -3]),
    "huge": lambda g: g["images"][0]["tensor"].update(shape=[2**26, 2**26, 2**26]),
    "pixels as numbers": lambda g: g["images"][0]["decoded"].update(shape=[1], values=[1]),
    "unknown key": lambda g: g["images"][0].update(logit=g["images"][0].pop("logits")),
    "rank": lambda g: g["images"][0]["tensor"].update(shape=[1] * 9),
    "logits by digest": lambda g: g["images"][0]["logits"].pop("file"),
    "nothing recorded": lambda g: [g["images"][0].pop(key) for key in STAGES[1:5]],
}


@pytest.mark.parametrize("name", GOLDEN_FAULTS)
def test_goldens_that_cannot_be_replayed(name: str, images: list[Path], tmp_path: Path) -> None:
    model = save(tmp_path / "model.pt", images)
    recipe = json.loads(archive.read_extra(model)[archive.RECIPE])
    GOLDEN_FAULTS[name](recipe["goldens"])
    archive.rewrite(model, model, {archive.RECIPE: archive.dump_json(recipe)})
    code, said = refused(model, "--engine", "fake")
    assert code == 4
    assert "[goldens_invalid]" in said


# ---- recordings made elsewhere ----


def test_examples_of_help(images: list[Path], tmp_path: Path) -> None:
    """Every example of `ptrun help verify` ends with everything agreed."""
    model = save(tmp_path / "model.pt", images)
    assert record_eager.main([str(model), *map(str, images), "-o", str(tmp_path / "recorded.npz")]) == 0
    text = subprocess.run(
        [BUILD / "ptrun", "help", "verify"], capture_output=True, check=True, text=True
    ).stdout
    lines = [
        line.removeprefix("    $ ptrun ").split() for line in text.splitlines() if "    $ ptrun " in line
    ]
    assert len(lines) >= 3
    for words in lines:
        done = subprocess.run([BUILD / "ptrun", *words], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, (words, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def model(images: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a model with its recipe and without goldens."""
    path = save(tmp_path_factory.mktemp("model") / "model.pt", images)
    archive.rewrite(path, path, {archive.RECIPE: archive.dump_json(RECIPE)})
    yield path


@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_recordings_agree(suffix: str, model: Path, images: list[Path], tmp_path: Path) -> None:
    recorded = tmp_path / f"recorded{suffix}"
    assert record_eager.main([str(model), *map(str, images), "-o", str(recorded)]) == 0
    document = verify(model, "--against", recorded, *BITS, code=0)
    assert document["summary"]["agreed"] == 3
    for sample in document["samples"]:
        assert {state["status"] for state in sample["stages"].values()} == {"ok"}
        assert ("values" in sample["stages"]["tensor"]) == (suffix == ".npz")


def test_recording_of_the_eager_module(images: list[Path], tmp_path: Path, model: Path) -> None:
    """Python code and weights, as before any export."""
    (tmp_path / "net.py").write_text(
        "import sys\nfrom pathlib import Path\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from test_verify import network\n"
        "def build():\n    return network(2)\n"
    )
    torch.save(network(1).state_dict(), tmp_path / "weights.pth")
    (tmp_path / "recipe.json").write_text(json.dumps(RECIPE))
    recorded = tmp_path / "recorded.npz"
    words = [f"{tmp_path}/net.py:build", *map(str, images), "-o", str(recorded), "--recipe"]
    words += [str(tmp_path / "recipe.json")]
    assert record_eager.main(words) == 0
    assert first_stages(verify(model, "--against", recorded, code=1)) == {"logits"}
    assert record_eager.main([*words, "--weights", str(tmp_path / "weights.pth")]) == 0
    verify(model, "--against", recorded, code=0)


def test_how_far_pixels_lie_apart(model: Path, images: list[Path], tmp_path: Path) -> None:
    """An .npz holds the arrays, so differences before the logits have figures, too."""
    recorded, other = tmp_path / "recorded.npz", tmp_path / "other.json"
    assert record_eager.main([str(model), *map(str, images), "-o", str(recorded)]) == 0
    recipe = changed_step(0, filter="bicubic")
    other.write_text(json.dumps(recipe))
    document = verify(model, "--against", recorded, "--recipe", other, code=1)
    assert first_stages(document) == {"resized"}
    for sample, path in zip(document["samples"], images, strict=True):
        before, now = (reference.resized_pixels(path, r).astype(int) for r in (RECIPE, recipe))
        assert sample["stages"]["resized"]["differing"] == (before != now).sum()
        assert sample["stages"]["resized"]["largest"] == np.abs(before - now).max()
        before, now = (reference.tensor(path, r).numpy().astype(np.float64) for r in (RECIPE, recipe))
        assert sample["stages"]["tensor"]["differing"] == (before != now).sum()
        assert sample["stages"]["tensor"]["largest"] == pytest.approx(np.abs(before - now).max())


def by_hand(path: Path, image: Path, logits: list[float | None]) -> Path:
    """Write the least that a recording may be."""
    image_entry = {"file": str(image), "logits": {"shape": [1, 6], "values": logits}}
    path.write_text(json.dumps({"format": "ptrun-recording/1", "images": [image_entry]}))
    return path


def test_recording_by_hand(model: Path, images: list[Path], tmp_path: Path) -> None:
    with torch.inference_mode():
        logits = network()(reference.tensor(images[0], RECIPE))[0].tolist()
    path = tmp_path / "recorded.json"
    sample = verify(model, "--against", by_hand(path, images[0], logits), code=0)["samples"][0]
    states = [sample["stages"][stage]["status"] for stage in STAGES]
    assert states == [*["not_recorded"] * 4, "ok", "ok"]
    for wrong in (None, 1e30):  # null stands for NaN
        spoilt = [*logits[:5], wrong]
        sample = verify(model, "--against", by_hand(path, images[0], spoilt), code=1)["samples"][0]
        assert sample["first"] == "logits"
        assert sample["stages"]["logits"]["differing"] == 1


@pytest.mark.parametrize(
    "case", [(0.7, 0.75, None), (1.2, 1.5, None), (0.9, 0.8, "logits"), (1.9, 2.0, "top")]
)
def test_order_of_the_best(
    case: tuple[float, float, str | None], model: Path, images: list[Path], tmp_path: Path
) -> None:
    """Classes that changed places are no difference only where they were recorded within the tolerance."""
    move, tolerance, first = case
    with torch.inference_mode():
        logits = network()(reference.tensor(images[0], RECIPE))[0].double().numpy()
    best, second = np.argsort(-logits)[:2]
    gap = logits[best] - logits[second]
    logits[best] -= move * gap
    logits[second] += move * gap
    path = by_hand(tmp_path / "recorded.json", images[0], logits.tolist())
    bound = str(tolerance * gap / np.abs(logits).max())
    document = verify(model, "--against", path, "--tolerance", bound, code=0 if first is None else 1)
    assert first_stages(document) == {first}
    assert document["samples"][0]["stages"]["top"]["same_best"] is False


def test_wrong_recordings(model: Path, images: list[Path], tmp_path: Path) -> None:
    """Exit code 3 and what is wrong."""
    good = tmp_path / "good.npz"
    assert record_eager.main([str(model), str(images[0]), "-o", str(good)]) == 0
    path = tmp_path / "wrong"
    contents: dict[str, bytes] = {
        "empty": b"",
        "text": b"hello",
        "format": b'{"images":[]}',
        "no image": b'{"format":"ptrun-recording/1","images":[]}',
        "cut": good.read_bytes()[:-100],
    }
    buffer = io.BytesIO()
    np.savez(buffer, something=np.zeros(3))
    contents["other arrays"] = buffer.getvalue()
    for name, content in contents.items():
        path.write_bytes(content)
        code, said = refused(model, "--engine", "fake", "--against", path)
        assert code == 3, (name, said)
        assert "[recording_invalid]" in said
    assert refused(model, "--engine", "fake", "--against", tmp_path / "missing.npz")[0] == 3


def test_recording_whose_image_is_gone(model: Path, images: list[Path], tmp_path: Path) -> None:
    path = by_hand(tmp_path / "recorded.json", tmp_path / "gone.png", [0.0] * 6)
    sample = verify(model, "--against", path, code=1)["samples"][0]
    assert sample["first"] == "file"
    assert sample["error"]["code"] == "file_not_found"


def test_damaged_recordings(model: Path, images: list[Path], tmp_path: Path) -> None:
    """Whatever the bytes: a verdict or a refusal, and what is damaged in the archive never verifies."""
    rng = random.Random(6)
    sources = {}
    for suffix in (".npz", ".json"):
        path = tmp_path / f"recorded{suffix}"
        assert record_eager.main([str(model), str(images[0]), "-o", str(path)]) == 0
        sources[suffix] = path.read_bytes()
    path = tmp_path / "damaged"
    codes: dict[int, int] = {}
    for number in range(5000 if ACCEPTANCE else 200):
        data = bytearray(sources[".npz" if number % 2 else ".json"])
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data)
        command: list[str | Path] = [BUILD / "ptrun", "verify", model, "--engine", "fake", "--against", path]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
        codes[done.returncode] = codes.get(done.returncode, 0) + 1
    assert set(codes) <= {1, 3}  # the fake engine gives other logits, so 0 would be wrong, too
    assert codes[3] > 20
