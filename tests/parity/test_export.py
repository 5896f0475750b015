"""The exporter: what it writes answers in ptrun as the eager model in Python; what it must refuse."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import export_model
import numpy as np
import pytest
import torch
from PIL import Image
from ptrun_export import archive, reference, samples, transforms, vision
from ptrun_export.errors import ExportError
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PTRUN_BUILD", ROOT / "build"))
RECIPE = {
    "format": "ptrun-recipe/1",
    "input": {"color": "rgb", "shape": [3, 32, 32]},
    "steps": [
        {"op": "resize", "size": [32, 32], "filter": "bilinear"},
        {"op": "scale", "divide": 255},
    ],
}

# Classifiers of transformers: model type, the small configuration, image processor and its options.
SIDE = {"height": 64, "width": 64}
TRANSFORMERS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "resnet": (
        {"embedding_size": 8, "hidden_sizes": [8, 16, 16, 24], "depths": [1, 1, 1, 1]},
        "ConvNextImageProcessorPil",
        {"size": {"shortest_edge": 64}, "crop_pct": 0.875},
    ),
    "convnext": (
        {"hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1]},
        "ConvNextImageProcessorPil",
        {"size": {"shortest_edge": 64}},
    ),
    "vit": (
        {
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 64,
            "image_size": 64,
        },
        "ViTImageProcessorPil",
        {"size": SIDE},
    ),
    "swin": (
        {"image_size": 64, "embed_dim": 16, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4},
        "ViTImageProcessorPil",
        {"size": SIDE, "resample": 3},
    ),
    "mobilenet_v2": (
        {"image_size": 64, "depth_multiplier": 0.35},
        "MobileNetV2ImageProcessorPil",
        {"size": {"shortest_edge": 72}, "crop_size": SIDE},
    ),
    "efficientnet": (
        {"image_size": 64, "width_coefficient": 1.0, "depth_coefficient": 0.3, "hidden_dim": 1280},
        "EfficientNetImageProcessorPil",
        {"size": SIDE},
    ),
    "regnet": (
        {"embedding_size": 8, "hidden_sizes": [8, 16, 16, 24], "depths": [1, 1, 1, 1], "groups_width": 8},
        "ConvNextImageProcessorPil",
        {"size": {"shortest_edge": 64}},
    ),
    "beit": (
        {
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 64,
            "image_size": 64,
        },
        "BeitImageProcessorPil",
        {"size": SIDE, "do_center_crop": False},
    ),
}

# The Python file of a user; every factory is one case.
USER_CODE = """
import torch
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self, classes: int = 4) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2)
        self.norm = nn.BatchNorm2d(8)
        self.last = nn.Linear(8, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.relu(self.norm(self.conv(x))).mean((2, 3)))


class Branch(Net):
    def forward(self, x: Tensor) -> Tensor:
        y = self.last(torch.relu(self.norm(self.conv(x))).mean((2, 3)))
        if bool(x.mean() > 0):
            return y * 2
        return y - 1


class PythonBranch(Net):
    def forward(self, x: Tensor) -> Tensor:
        y = self.last(torch.relu(self.norm(self.conv(x))).mean((2, 3)))
        return y * 2 if x.mean().numpy() > 0 else y - 1


class Length(Net):
    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.relu(self.norm(self.conv(x))).mean((2, 3))).reshape(len(x), -1)


class LengthNoScript(Length):
    def forward(self, x: Tensor) -> Tensor:
        y = self.last(torch.relu(self.norm(self.conv(x))).mean((2, 3)))
        return torch.stack([y[number] for number in range(int(len(x)))])


class Device(Net):
    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.relu(self.norm(self.conv(x))).mean((2, 3)).to("cpu"))


class Created(Net):
    def forward(self, x: Tensor) -> Tensor:
        y = self.last(torch.relu(self.norm(self.conv(x))).mean((2, 3)))
        return y + torch.arange(y.shape[1], device=x.device) * torch.ones(1)


class Pair(Net):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = torch.relu(self.norm(self.conv(x))).mean((2, 3))
        return y, self.last(y)


class Noise(Net):
    def forward(self, x: Tensor) -> Tensor:
        y = torch.nn.functional.dropout(torch.relu(self.norm(self.conv(x))).mean((2, 3)))
        return self.last(y)


@torch.jit.script_if_tracing
def flipped(x: Tensor) -> Tensor:
    if bool(x.mean() > 0):
        return -x
    return x


class ScriptIfTracing(Net):
    def forward(self, x: Tensor) -> Tensor:
        return self.last(flipped(torch.relu(self.norm(self.conv(x))).mean((2, 3))))


def make(name: str = "Net", classes: int = 4) -> nn.Module:
    torch.manual_seed(1)
    return globals()[name](classes).eval()


def training() -> nn.Module:
    return Net()


net = make()
pair = make("Pair")
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a folder with the user's code, a recipe, labels and one sample image."""
    path = tmp_path_factory.mktemp("export")
    (path / "user_net.py").write_text(textwrap.dedent(USER_CODE))
    (path / "recipe.json").write_text(json.dumps(RECIPE))
    (path / "labels.txt").write_text("a\nb\nc\nd\n")
    Image.fromarray(transforms.probe_pixels(90, 70, seed=3)).save(path / "sample.png")
    sys.path.insert(0, str(path))
    yield path
    sys.path.remove(str(path))


def run(folder: Path, source: str, *options: str, out: str = "out.pt") -> tuple[int, Path]:
    """Run the exporter on a factory of the user's file; return exit status and output path."""
    words = [
        f"{folder}/user_net.py:{source}",
        "-o",
        str(folder / out),
        "--samples",
        str(folder / "sample.png"),
    ]
    words += ["--recipe", str(folder / "recipe.json"), *options]
    (folder / out).unlink(missing_ok=True)
    return export_model.main(words), folder / out


def make_arg(name: str) -> tuple[str, str, str]:
    """Return the words that make the class of that name."""
    return "make", "--factory-arg", f"name={name}"


def classify(model: Path, *images: Path) -> list[np.ndarray[Any, np.dtype[np.float32]]]:
    """Return the logits that ptrun prints for each image, run one by one as saved."""
    command: list[str | Path] = [BUILD / "ptrun", "classify", model, *images]
    command += ["--logits", "--optimize", "off", "--threads", "1", "--batch", "1"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert b"warning" not in done.stderr
    return [np.array(json.loads(line)["logits"], np.float32) for line in done.stdout.splitlines()]


def check_goldens(model: Path, tmp_path: Path) -> int:
    """Hold every golden against the archive's own program and against ptrun; return how many there are."""
    extra = archive.read_extra(model)
    recipe = json.loads(extra[archive.RECIPE])
    program = torch.jit.load(model).eval()
    images, recorded = [], []
    for golden in recipe["goldens"]["images"]:
        content = extra[golden["file"]]
        assert hashlib.sha256(content).hexdigest() == golden["sha256"]
        pixels = reference.decoded_pixels(content)
        assert list(pixels.shape) == golden["decoded"]["shape"]
        assert hashlib.sha256(pixels.tobytes()).hexdigest() == golden["decoded"]["sha256"]
        tensor = reference.tensor(content, recipe)
        assert (
            hashlib.sha256(tensor.numpy().astype("<f4").tobytes()).hexdigest() == golden["tensor"]["sha256"]
        )
        logits = np.frombuffer(extra[golden["logits"]["file"]], "<f4").reshape(golden["logits"]["shape"])
        with torch.inference_mode():
            assert np.abs(program(tensor).numpy() - logits).max() <= 1e-5 * np.abs(logits).max()
        images.append(tmp_path / Path(golden["file"]).name)
        images[-1].write_bytes(content)
        recorded.append(logits[0])
    for got, expected in zip(classify(model, *images), recorded, strict=True):
        assert np.abs(got - expected).max() <= 1e-5 * np.abs(expected).max()
    return len(recorded)


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_transformers_need_no_flags(name: str, tmp_path: Path) -> None:
    """Weights, labels and evaluation transform come from the folder; ptrun gives the eager logits."""
    vision.make_importable()
    import transformers

    torch.manual_seed(5)
    config_options, processor_name, processor_options = TRANSFORMERS[name]
    names = {number: f"class {number}" for number in range(7)}
    config = transformers.AutoConfig.for_model(name, num_labels=7, id2label=names, **config_options)
    model = transformers.AutoModelForImageClassification.from_config(config).eval()
    for parameter in model.parameters():  # fresh biases are zero, which hides mistakes
        nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(tmp_path / "model")
    processor = getattr(transformers, processor_name)(**processor_options)
    processor.save_pretrained(tmp_path / "model")

    image = tmp_path / "photo.png"
    Image.fromarray(transforms.probe_pixels(120, 90, seed=8)).save(image)
    out = tmp_path / "out.pt"
    words = [f"hf:{tmp_path / 'model'}", "-o", str(out), "--samples", str(image)]
    assert export_model.main(words) == 0

    recipe = json.loads(archive.read_extra(out)[archive.RECIPE])
    assert recipe["labels"] == list(names.values())
    with torch.inference_mode():
        pixels = processor(Image.open(image).convert("RGB"), return_tensors="pt")["pixel_values"]
        expected = model(pixel_values=pixels).logits[0].numpy()
    (got,) = classify(out, image)
    assert np.abs(got - expected).max() <= 1e-5 * np.abs(expected).max()
    assert check_goldens(out, tmp_path) == 1
    for options in ([], ["--optimize", "off", "--threads", "1"]):
        subprocess.run([BUILD / "ptrun", "verify", out, *options], check=True, timeout=120)


def test_torchvision_and_timm_bring_recipe_and_labels(tmp_path: Path) -> None:
    for source, labels in (
        ("torchvision:mobilenet_v3_small", "tench"),
        ("timm:mobilenetv3_small_050", "tench"),
    ):
        out = tmp_path / "out.pt"
        assert export_model.main([source, "--random-weights", "-o", str(out)]) == 0
        recipe = json.loads(archive.read_extra(out)[archive.RECIPE])
        assert recipe["labels"][0].split(",")[0] == labels and len(recipe["labels"]) == 1000
        assert recipe["input"]["shape"] == [3, 224, 224]
        assert check_goldens(out, tmp_path) == len(samples.MADE)


def test_factory_is_traced_with_goldens(folder: Path, tmp_path: Path) -> None:
    status, out = run(folder, "net", "--labels", str(folder / "labels.txt"))
    assert status == 0
    recipe = json.loads(archive.read_extra(out)[archive.RECIPE])
    assert recipe["labels"] == ["a", "b", "c", "d"]
    assert recipe["origin"]["method"] == "trace"
    assert check_goldens(out, tmp_path) == 1


def test_no_path_of_this_machine_is_written(folder: Path) -> None:
    _, out = run(folder, "net", "--method", "script")
    with zipfile.ZipFile(out) as saved:
        assert not any(name.endswith(".debug_pkl") for name in saved.namelist())
        texts = [saved.read(name) for name in saved.namelist() if "/extra/" not in name]
    assert not any(str(folder).encode() in text for text in texts)


@pytest.mark.parametrize("name", ["Branch", "Length", "ScriptIfTracing", "Created"])
def test_auto_answers_as_eager(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a trace would be wrong the module is scripted, and says why."""
    status, out = run(folder, *make_arg(name))
    assert status == 0
    said = capsys.readouterr().err
    assert ("tracing is not safe" in said) == (name in {"Branch", "Length"})
    if name == "Branch":
        line = USER_CODE.splitlines().index("        if bool(x.mean() > 0):") + 1
        assert f"user_net.py:{line}: " in said
    import user_net  # type: ignore[import-not-found]

    eager, program = user_net.make(name), torch.jit.load(out).eval()
    generator = torch.Generator().manual_seed(2)
    with torch.inference_mode():
        for batch, offset in ((1, -3.0), (2, 3.0), (5, 0.0)):
            inputs = torch.randn(batch, 3, 32, 32, generator=generator) + offset
            torch.testing.assert_close(program(inputs), eager(inputs), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (make_arg("PythonBranch"), "depends on values"),
        (make_arg("LengthNoScript"), "batch 1"),
        (make_arg("Device"), "names a device"),
        (make_arg("Noise"), "largest difference"),
        (("training",), "in training mode: the module, conv, norm"),
        (make_arg("Pair"), "returns a tuple"),
        (("missing",), "has no missing"),
        (("make", "--factory-arg", "name"), "not KEY=VALUE"),
    ],
)
def test_refused(
    source: tuple[str, ...], reason: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is unsafe is refused with the reason and leaves no file."""
    status, out = run(folder, *source, "--method", "trace" if "LengthNoScript" in source[-1] else "auto")
    assert status == 1
    assert reason in capsys.readouterr().err
    assert not out.exists()


def test_guards_can_be_overridden(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, *make_arg("Device"), "--allow", "device")[0] == 0
    assert "overridden [device]" in capsys.readouterr().err
    assert run(folder, "training", "--eval")[0] == 0


def test_created_tensors_follow_the_input(folder: Path) -> None:
    """A trace writes its device into arange and ones: the file must not say "cpu"."""
    _, out = run(folder, *make_arg("Created"), "--method", "trace")
    assert 'torch.device("cpu")' not in torch.jit.load(out).inlined_graph.__str__()
    with zipfile.ZipFile(out) as saved:
        code = b"".join(saved.read(name) for name in saved.namelist() if name.endswith(".py"))
    assert b"torch.device" not in code
    assert b"ops.prim.device" in code


def test_selected_output(folder: Path) -> None:
    for method in ("trace", "script"):
        status, out = run(folder, "pair", "--select", "1", "--method", method)
        assert status == 0
        assert torch.jit.load(out)(torch.zeros(3, 3, 32, 32)).shape == (3, 4)


def save_weights(path: Path, kind: str) -> None:
    """Save a state dict that differs from the factory's, in the ways that training scripts do."""
    import user_net

    torch.manual_seed(77)
    net: nn.Module = user_net.Net()
    state: dict[str, Any] = net.state_dict()
    if kind == "DataParallel":
        state = nn.DataParallel(net).state_dict()
    elif kind == "compiled":
        state = {f"_orig_mod.{name}": value for name, value in state.items()}
    wrapped = {"Lightning": "state_dict", "checkpoint": "model_state_dict", "model": "model"}.get(kind)
    if kind == "Lightning":
        state = {f"model.{name}": value for name, value in state.items()}
    if kind == "safetensors":
        from safetensors.torch import save_file

        save_file(state, path)
    elif kind == "pickle":
        torch.save(net, path)
    elif kind == "pickle in checkpoint":
        torch.save({"epoch": 3, "model": net}, path)
    elif kind == "key":
        torch.save({"best": state, "last": {}}, path)
    else:
        torch.save({wrapped: state, "epoch": 3} if wrapped else state, path)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("state_dict", []),
        ("DataParallel", []),
        ("compiled", []),
        ("Lightning", []),
        ("checkpoint", []),
        ("model", []),
        ("safetensors", []),
        ("key", ["--checkpoint-key", "best"]),
        ("pickle", ["--allow-pickle"]),
        ("pickle in checkpoint", ["--allow-pickle"]),
    ],
)
def test_weights(kind: str, options: list[str], folder: Path) -> None:
    """The weights of the file, whatever wraps them, are the weights that answer."""
    path = folder / ("weights.safetensors" if kind == "safetensors" else "weights.bin")
    import user_net

    save_weights(path, kind)
    status, out = run(folder, "net", "--weights", str(path), "--eval", *options)
    assert status == 0
    torch.manual_seed(77)
    eager = user_net.Net().eval()
    inputs = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(torch.jit.load(out)(inputs), eager(inputs), rtol=1e-6, atol=1e-7)


def test_weights_that_do_not_fit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "weights.bin"
    for content, reason in (
        ({"conv.weight": torch.zeros(1)}, "missing conv.bias"),
        ({"epoch": 3}, "--checkpoint-key KEY"),
        ([1, 2], "holds a list"),
    ):
        torch.save(content, path)
        assert run(folder, "net", "--weights", str(path))[0] == 1
        assert reason in capsys.readouterr().err
    path.write_bytes(pickle.dumps({"a": Path("x")}))
    assert run(folder, "net", "--weights", str(path))[0] == 1
    torch.save(export_model.parse(["a:b", "-o", "x"]), path)
    assert run(folder, "net", "--weights", str(path))[0] == 1
    assert "--allow-pickle if you trust" in capsys.readouterr().err


def test_annotate_keeps_program_and_weights(folder: Path, tmp_path: Path) -> None:
    import user_net

    plain, out = tmp_path / "plain.pt", tmp_path / "annotated.pt"
    torch.jit.save(torch.jit.script(user_net.make()), str(plain))
    words = ["annotate", str(plain), "-o", str(out), "--recipe", str(folder / "recipe.json")]
    assert export_model.main([*words, "--labels", str(folder / "labels.txt")]) == 0
    assert check_goldens(out, tmp_path) == len(samples.MADE)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out) as new:
        for name in old.namelist():
            if not name.endswith(".debug_pkl"):
                record = name.partition("/")[2]
                assert new.read(f"{archive.top_folder(new)}/{record}") == old.read(name)


def test_annotate_refuses_wrong_files(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.pt"
    torch.save({"a": torch.zeros(1)}, wrong)
    words = ["annotate", str(wrong), "-o", str(tmp_path / "x.pt"), "--preset", "imagenet"]
    assert export_model.main(words) == 1
    assert "no TorchScript archive" in capsys.readouterr().err


def test_wrong_number_of_labels(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "three.txt").write_text("a\nb\nc\n")
    assert run(folder, "net", "--labels", str(folder / "three.txt"))[0] == 1
    assert "3 labels for 4 classes" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--freeze"], ["--dtype", "bf16"], ["--dtype", "fp16"], ["--quantize", "static"]]
)
def test_prepared_programs_answer_as_recorded(options: list[str], folder: Path, tmp_path: Path) -> None:
    """Frozen, half precision and int8 files replay their own goldens in ptrun."""
    status, out = run(folder, "net", *options)
    assert status == 0
    assert check_goldens(out, tmp_path) == 1
    bits = ["--optimize", "off", "--threads", "1"]
    subprocess.run([BUILD / "ptrun", "verify", out, *bits], check=True, timeout=120)
    if options[0] == "--quantize":
        assert b"quantized" in b"".join(zip_code(out))


def zip_code(path: Path) -> list[bytes]:
    """Return the program's source files."""
    with zipfile.ZipFile(path) as saved:
        return [saved.read(name) for name in saved.namelist() if name.endswith(".py")]


def test_transform_of_the_users_file(folder: Path, tmp_path: Path) -> None:
    vision.make_importable()
    (folder / "user_transform.py").write_text(
        USER_CODE
        + textwrap.dedent("""
        from torchvision import transforms
        evaluation = transforms.Compose([
            transforms.Resize([40, 36]), transforms.CenterCrop(32), transforms.ToTensor(),
            transforms.Normalize([0.5, 0.4, 0.3], [0.2, 0.25, 0.3])])
        augmentation = transforms.Compose([transforms.RandomRotation(9), transforms.ToTensor()])
        """)
    )
    out = tmp_path / "out.pt"
    words = [f"{folder}/user_transform.py:net", "-o", str(out), "--transform"]
    assert export_model.main([*words, "evaluation"]) == 0
    steps = json.loads(archive.read_extra(out)[archive.RECIPE])["steps"]
    assert [step["op"] for step in steps] == ["resize", "center_crop", "scale", "normalize"]
    assert steps[3]["std"] == [0.2, 0.25, 0.3]
    assert export_model.main([*words, "augmentation"]) == 1


def test_recipe_that_differs_from_its_transform_is_noticed() -> None:
    vision.make_importable()
    from torchvision.transforms import Compose, Resize, ToTensor

    recipe = transforms.from_torchvision(Compose([Resize([32, 32]), ToTensor()])).recipe()
    assert transforms.prove(recipe, Compose([Resize([32, 32]), ToTensor()])) == 0.0
    with pytest.raises(ExportError, match="differs"):
        transforms.prove(recipe, Compose([Resize([32, 32], interpolation=3), ToTensor()]))


def test_large_samples_become_small_copies(folder: Path, tmp_path: Path) -> None:
    big = tmp_path / "big.jpg"
    Image.fromarray(transforms.probe_pixels(1600, 1200, seed=1)).save(big, quality=95)
    out = tmp_path / "out.pt"
    words = [f"{folder}/user_net.py:net", "-o", str(out), "--recipe", str(folder / "recipe.json")]
    assert export_model.main([*words, "--samples", str(big)]) == 0
    content = archive.read_extra(out)["goldens/00.jpg"]
    assert len(content) < 65536
    assert max(Image.open(io.BytesIO(content)).size) == 320
    assert check_goldens(out, tmp_path) == 1


def test_bundled_model_is_whole(tmp_path: Path) -> None:
    """The committed model replays its goldens and names its samples rightly."""
    digits = ROOT / "models" / "digits"
    assert check_goldens(digits / "digits.pt", tmp_path) == 16
    recipe = json.loads(archive.read_extra(digits / "digits.pt")[archive.RECIPE])
    program = torch.jit.load(digits / "digits.pt").eval()
    right = 0
    for image in sorted((digits / "samples").iterdir()):
        logits: Tensor = program(reference.tensor(image, recipe))
        right += logits.argmax().item() == int(image.name[0])
    assert right == 20
