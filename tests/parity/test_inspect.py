"""ptrun inspect: what it says of models is what PyTorch says; wrong files are called by their names."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from test_model_files import KINDS, example, files  # noqa: F401  (a fixture)
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PTRUN_BUILD", ROOT / "build"))
SECONDS = 20


def run(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [BUILD / "ptrun", "inspect", *words], capture_output=True, check=False, timeout=SECONDS
    )


def inspect(path: Path, *options: str, code: int = 0) -> dict[str, Any]:
    """Return the document of a model; check the exit code."""
    done = run(path, "--format", "json", *options)
    assert done.returncode == code, (done.returncode, done.stderr)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.mark.parametrize("name", KINDS)
def test_kinds(name: str, files: Path) -> None:  # noqa: F811
    """Every kind of file, without an engine: named, with advice, and never a crash."""
    status, detail = KINDS[name]
    document = inspect(files / name, "--no-engine", code=0 if status == "ok" else 4)
    assert document["model"]["size"] == (files / name).stat().st_size
    assert document["engine"] is None
    if status == "ok":
        assert document["model"]["kind"] == "torchscript"
        assert document["problems"] == []
    else:
        assert document["model"]["kind"] is None
        (problem,) = document["problems"]
        assert problem["code"] == status
        assert detail in problem["message"]
        assert problem["hint"]


@pytest.mark.parametrize("name", ["trace.pt", "script.pt", "half.pt", "extra.pt"])
def test_facts_are_those_of_pytorch(name: str, files: Path) -> None:  # noqa: F811
    document = inspect(files / name, "--no-engine")["model"]
    program = torch.jit.load(files / name)
    parameters = dict(program.named_parameters())
    shown = {t["name"]: t for t in document["tensors"] if t["role"] == "parameter"}
    assert shown.keys() == parameters.keys()
    for key, value in parameters.items():
        assert shown[key]["shape"] == list(value.shape)
        assert f"torch.{shown[key]['dtype']}" == str(value.dtype)
    total = sum(t["elements"] for t in document["totals"] if t["role"] == "parameter")
    assert total == sum(value.numel() for value in parameters.values())
    with zipfile.ZipFile(files / name) as saved:
        infos = {info.filename.partition("/")[2]: info for info in saved.infolist()}
    assert {r["name"]: r["size"] for r in document["records"]} == {n: i.file_size for n, i in infos.items()}
    assert {r["crc32"] for r in document["records"]} == {f"{i.CRC:08x}" for i in infos.values()}
    assert all(record["whole"] for record in document["records"])


def operators(program: torch.jit.ScriptModule) -> dict[str, int]:
    """Count the operators of a program that has not run yet, with all calls inlined."""
    counts: dict[str, int] = {}

    def walk(block: Any) -> None:
        for node in block.nodes():
            if not node.kind().startswith("prim::"):
                counts[node.kind()] = counts.get(node.kind(), 0) + 1
            for inner in node.blocks():
                walk(inner)

    walk(program.inlined_graph)
    return counts


def check_operators(told: dict[str, int], path: Path) -> None:
    """Compare with PyTorch's listing, which leaves out checks that a script makes of its input."""
    checks = {"aten::le", "aten::lt", "aten::format"}
    expected = operators(torch.jit.load(path).eval())
    assert {name: n for name, n in told.items() if name not in checks} == {
        name: n for name, n in expected.items() if name not in checks
    }


@pytest.mark.parametrize("name", ["trace.pt", "script.pt"])
def test_engine(name: str, files: Path) -> None:  # noqa: F811
    engine = inspect(files / name, "--optimize", "off")["engine"]
    program = torch.jit.load(files / name).eval()
    assert engine["status"] == "ok"
    assert engine["input_channels"] == 3
    assert engine["output_shape"] == list(program(example()).shape)
    check_operators(engine["operators"], files / name)
    code = run(files / name, "--code", "--optimize", "off").stdout.decode()
    assert code.startswith("def forward(self")
    graph = run(files / name, "--graph", "--optimize", "off").stdout.decode()
    assert graph.startswith("graph(%self")


@pytest.mark.parametrize("name", ["trace.pt", "script.pt"])
def test_operators_are_those_of_the_saved_program(name: str, files: Path) -> None:  # noqa: F811
    """However it is prepared: preparing and running do not change what is told."""
    check_operators(inspect(files / name, "--optimize", "auto")["engine"]["operators"], files / name)


class Block(nn.Module):
    """A part with parts, one of them used twice."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, groups=2)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the same shape."""
        x = self.relu(self.conv(x)) + x
        return nn.functional.relu(self.relu(x))


class Branching(nn.Module):
    """Loops, a branch that is not taken, attention, several ways of multiplying matrices."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 4, stride=4)
        self.blocks = nn.Sequential(Block(8), Block(8))
        self.up = nn.ConvTranspose2d(8, 8, 2, stride=2)
        self.last = nn.Linear(8, 5)
        self.mix = nn.Parameter(torch.ones(8, 8))

    def forward(self, x: Tensor) -> Tensor:
        """Return five logits for each image."""
        x = self.up(self.blocks(self.stem(x)))
        tokens = x.flatten(2).transpose(1, 2)
        for _ in range(3):
            tokens = torch.matmul(tokens, self.mix) + self.last(tokens).sum()
        tokens = nn.functional.scaled_dot_product_attention(tokens, tokens, tokens)
        if x.shape[0] > 1000:
            tokens = torch.bmm(tokens, tokens)
        y: Tensor = self.last(tokens.mean(1))
        return y


FLOPS = 2 * (
    8 * 8 * 8 * 3 * 4 * 4  # stem: 8 x 8 places, 8 channels of 3 x 4 x 4
    + 2 * 8 * 8 * 8 * 4 * 3 * 3  # blocks: 4 input channels a group
    + 8 * 8 * 8 * 8 * 2 * 2  # up: each input element goes into 8 x 2 x 2
    + 3 * 256 * 8 * (8 + 5)  # products in a loop
    + 2 * 256 * 256 * 8
    + 8 * 5
)


@pytest.fixture(scope="module")
def branching(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the model above with a recipe of 32 x 32."""
    path = tmp_path_factory.mktemp("branching") / "net.pt"
    steps = [{"op": "resize", "size": [32, 32], "filter": "box"}]
    recipe = {"format": "ptrun-recipe/1", "input": {"shape": [3, 32, 32]}, "steps": steps}
    program = torch.jit.script(Branching().eval())
    torch.jit.save(program, path, _extra_files={"ptrun.json": json.dumps(recipe)})
    return path


def test_structure(branching: Path) -> None:
    """Work by hand's figures; each shape on the edges is the one that Python sees."""
    structure = inspect(branching)["engine"]["structure"]
    assert structure["flops"] == FLOPS
    assert structure["uncounted"] == []
    calls, nodes, edges = structure["calls"], structure["nodes"], structure["edges"]

    def path(number: int) -> str:
        above = path(calls[number]["caller"]) if number else ""
        return ".".join(filter(None, (above, calls[number]["name"])))

    names = [f"{path(node['call'])}:{node['operator']}" for node in nodes]
    assert names[:2] == [":input", ":output"]
    assert [calls[nodes[names.index(name)]["call"]]["class"] for name in ("stem:aten::conv2d",)] == ["Conv2d"]
    shapes = {(names[e["from"]], names[e["to"]]): (e["dtype"], e["shape"]) for e in edges}
    assert shapes[":input", "stem:aten::conv2d"] == ("float32", [1, 3, 32, 32])
    assert shapes["stem:aten::conv2d", "blocks.0.conv:aten::conv2d"] == ("float32", [1, 8, 8, 8])
    assert shapes["blocks.0.conv:aten::conv2d", "blocks.0.relu:aten::relu"] == ("float32", [1, 8, 8, 8])
    assert shapes["stem:aten::conv2d", "blocks.0:aten::add"] == ("float32", [1, 8, 8, 8])
    assert shapes["last:aten::linear", ":output"] == ("float32", [1, 5])
    assert shapes[":aten::scaled_dot_product_attention", ":aten::bmm"] == (None, None)  # not taken
    assert all(e["from"] < e["to"] or e["to"] == 1 for e in edges)


def test_unknown_work_is_named(tmp_path: Path) -> None:
    """Where an operator's work is not known, the figure is a lower bound and says so."""

    class Fourier(nn.Module):
        """A transform between two products."""

        def forward(self, x: Tensor) -> Tensor:
            """Return logits."""
            y: Tensor = torch.fft.rfft(x.mean((2, 3)) @ torch.ones(3, 4)).abs()
            return y

    path = tmp_path / "fourier.pt"
    torch.jit.save(torch.jit.script(Fourier()), path)
    structure = inspect(path)["engine"]["structure"]
    assert structure["flops"] == 2 * 3 * 4
    assert structure["uncounted"] == ["aten::_fft_r2c"]
    (line,) = [text for text in run(path).stdout.decode().splitlines() if text.startswith("work")]
    assert "at least 24 FLOP" in line and "not counted: aten::_fft_r2c" in line


VALUE = r'(?:[a-z]+|\d+|"(?:[^"\\]|\\[\\"n])*")'
STATEMENT = re.compile(
    rf"  (?:node|edge|n\d+(?: -> n\d+)?) \[[a-z]+={VALUE}(?:, [a-z]+={VALUE})*\];",
)


def check_dot(text: str) -> list[str]:
    """Check Graphviz source by the grammar of what we write: every name quoted, every edge between boxes."""
    lines = text.splitlines()
    assert re.fullmatch(r'digraph "(?:[^"\\]|\\[\\"])*" \{', lines[0]), lines[0]
    assert lines[-1] == "}"
    for line in lines[1:-1]:
        assert STATEMENT.fullmatch(line), line
    known = set(re.findall(r"^  (n\d+) \[", text, re.MULTILINE))
    assert known.issuperset(re.findall(r"(n\d+) -> ", text) + re.findall(r" -> (n\d+)", text))
    return lines


def test_dot(branching: Path) -> None:
    text = run(branching, "--dot", "--depth", "1").stdout.decode()
    lines = check_dot(text)
    assert sum("blocks" in line for line in lines) == 1
    assert any('label="blocks\\nSequential"' in line for line in lines)
    assert any("style=dashed" in line for line in lines)
    deeper = check_dot(run(branching, "--dot").stdout.decode())
    assert any('label="blocks.1.conv\\nConv2d"' in line for line in deeper)


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
def test_graphviz_takes_the_picture(branching: Path) -> None:
    text = run(branching, "--dot").stdout
    done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, check=True, timeout=SECONDS)
    assert b"</svg>" in done.stdout and done.stderr == b""


def test_large_models_are_folded(tmp_path: Path) -> None:
    """Hundreds of operators, a picture that can be read."""
    parts = [nn.Sequential(*[Block(4) for _ in range(6)]) for _ in range(10)]
    module = nn.Sequential(*[nn.Conv2d(3, 4, 1), *parts, nn.Flatten(), nn.Linear(64, 2)])
    path = tmp_path / "large.pt"
    torch.jit.save(torch.jit.trace(module.eval(), torch.zeros(1, 3, 4, 4)), path)
    steps = [{"op": "resize", "size": [4, 4], "filter": "box"}]
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps({"format": "ptrun-recipe/1", "steps": steps}))
    assert sum(inspect(path, "--recipe", str(recipe))["engine"]["operators"].values()) > 240
    lines = check_dot(run(path, "--recipe", recipe, "--dot").stdout.decode())
    assert sum("label=" in line and "->" not in line for line in lines) == 10 + 3 + 2


@pytest.mark.parametrize("command", ["inspect", "classify", "verify"])
def test_endless_programs_end(command: str, tmp_path: Path) -> None:
    """A loop without an end ends `ptrun` with a message, without any option."""

    class Endless(nn.Module):
        """Loops for ever."""

        def forward(self, x: Tensor) -> Tensor:
            """Never return."""
            turns = 0
            while bool((x * 0 + 1).mean() > 0):
                turns += 1
            return x.mean((2, 3)) + turns

    path, image = tmp_path / "endless.pt", ROOT / "models/digits/samples/5-full-colour.jpg"
    recorded = tmp_path / "recorded.json"
    entry = {"file": str(image), "logits": {"shape": [1, 3], "values": [1, 2, 3]}}
    recorded.write_text(json.dumps({"format": "ptrun-recording/1", "images": [entry]}))
    torch.jit.save(torch.jit.script(Endless()), path)
    words = {"classify": [str(image)], "verify": ["--against", str(recorded)]}.get(command, [])
    limit = [] if command == "classify" else ["--timeout", "1"]
    done = subprocess.run(
        [BUILD / "ptrun", command, path, *words, *limit], capture_output=True, check=False, timeout=100
    )
    assert done.returncode == 5, done
    assert b"[inference_stalled]" in done.stderr


def test_devices_in_the_code(tmp_path: Path) -> None:
    """A trace on a device names it."""

    class Baked(nn.Module):
        """Creates a tensor where the code says."""

        def forward(self, x: Tensor) -> Tensor:
            """Return logits."""
            return x.mean((2, 3)) + torch.zeros(3, device=torch.device("cuda:0"))

    path = tmp_path / "baked.pt"
    torch.jit.save(torch.jit.script(Baked()), path)
    assert inspect(path, "--no-engine")["model"]["code_devices"] == [{"device": "cuda:0", "places": 1}]
    assert inspect(ROOT / "models/digits/digits.pt", "--no-engine")["model"]["code_devices"] == []


def test_model_that_the_engine_refuses(files: Path) -> None:  # noqa: F811
    """Three channels by the first weight, one by the recipe: the report says so and is whole."""
    document = inspect(files / "trace.pt", "--recipe", str(write_gray(files)), code=4)
    assert document["engine"]["status"] == "error"
    assert document["engine"]["error"]["code"] == "model_input_shape"
    assert document["model"]["totals"]


def write_gray(folder: Path) -> Path:
    """Write a recipe of one channel."""
    path = folder / "gray.json"
    steps = [{"op": "resize", "size": [8, 8], "filter": "box"}]
    path.write_text(json.dumps({"format": "ptrun-recipe/1", "input": {"color": "gray"}, "steps": steps}))
    return path
