"""ptrun inspect: what it says of models is what PyTorch says; wrong files are called by their names."""

from __future__ import annotations

import json
import os
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
    """Count the operators of the program with all calls inlined."""
    counts: dict[str, int] = {}

    def walk(block: Any) -> None:
        for node in block.nodes():
            if not node.kind().startswith("prim::"):
                counts[node.kind()] = counts.get(node.kind(), 0) + 1
            for inner in node.blocks():
                walk(inner)

    walk(program.inlined_graph)
    return counts


@pytest.mark.parametrize("name", ["trace.pt", "script.pt"])
def test_engine(name: str, files: Path) -> None:  # noqa: F811
    engine = inspect(files / name, "--optimize", "off")["engine"]
    program = torch.jit.load(files / name).eval()
    assert engine["status"] == "ok"
    assert engine["input_channels"] == 3
    assert engine["output_shape"] == list(program(example()).shape)
    assert engine["operators"] == operators(program)
    code = run(files / name, "--code", "--optimize", "off").stdout.decode()
    assert code.startswith("def forward(self")
    graph = run(files / name, "--graph", "--optimize", "off").stdout.decode()
    assert graph.startswith("graph(%self")


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
