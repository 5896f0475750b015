"""ptrun bench with LibTorch: what it says it ran is what ran. No time is looked at."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PTRUN_BUILD", ROOT / "build"))
MODEL = ROOT / "models" / "digits" / "digits.pt"
BRIEFLY = ["--iterations", "3", "--warm-up", "1", "-q"]


def bench(*words: str) -> list[dict[str, Any]]:
    """Return the configurations of a document, whose shape is checked."""
    quiet = {**os.environ, "OMP_WAIT_POLICY": "passive"}  # or waiting threads fight for a busy machine
    command = [str(BUILD / "ptrun"), "bench", str(MODEL), "--format", "json", *BRIEFLY, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)
    assert done.returncode == 0, done.stderr
    shape = [str(ROOT / "tests" / "cli" / "bench" / "shape.py")]
    subprocess.run(["python3", *shape], input=done.stdout, text=True, check=True, capture_output=True)
    document = json.loads(done.stdout)
    assert document["model"]["library"].startswith("LibTorch ")
    configurations: list[dict[str, Any]] = document["configurations"]
    assert all(configuration["error"] is None for configuration in configurations)
    return configurations


def test_measured_preparation() -> None:
    """The model as saved comes first; what runs gives the same answers; every variant was tried once."""
    (found,) = bench("--batch", "4", "--threads", "1", "--measure", "forward")
    assert found["prepared_by"] == "measurement"
    names = [candidate["preparation"] for candidate in found["candidates"]]
    assert names[0] == "saved"
    assert len(set(names)) == len(names) > 5
    assert found["preparation"] in names
    assert found["candidates"][0]["relative_error"] == 0
    assert 0 <= found["relative_error"] <= 1e-5
    measured = [candidate for candidate in found["candidates"] if candidate["image_ms"] is not None]
    assert found["preparation"] in [candidate["preparation"] for candidate in measured]


@pytest.mark.parametrize("variant", ["off", "frozen", "onednn-graph"])
def test_named_preparation(variant: str) -> None:
    """What is named runs, in every part of the measurement."""
    found = bench("--batch", "1,4", "--threads", "1", "--optimize", variant)
    assert [configuration["batch"] for configuration in found] == [1, 4]
    for configuration in found:
        assert (configuration["preparation"], configuration["prepared_by"]) == (variant, "option")
        assert configuration["candidates"] is None
        assert configuration["folder"]["images"] == 3 * configuration["batch"] * configuration["instances"]


def test_profile() -> None:
    """Operators are those of LibTorch; no time is counted twice."""
    (found,) = bench(
        "--batch", "2", "--threads", "1", "--measure", "forward", "--optimize", "off", "--profile"
    )
    operators = {operator["name"]: operator for operator in found["profile"]}
    assert operators["aten::max_pool2d"]["count"] == 3
    assert sum(operator["share"] for operator in found["profile"]) <= 1
    for operator in found["profile"]:
        assert 0 <= operator["self_ms"] <= operator["total_ms"] + 1e-6
    shares = [operator["share"] for operator in found["profile"]]
    assert shares == sorted(shares, reverse=True)
