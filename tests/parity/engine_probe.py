"""Talks to the test tool engine_probe: one tensor through an engine."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import Tensor

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PTRUN_BUILD", ROOT / "build"))

Floats = npt.NDArray[np.float32]


class EngineError(Exception):
    """The engine refused; `code` is the status word, `detail` its text."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass
class Answer:
    """What came back: raw outputs, facts about the model, text of `--describe` or `--profile`."""

    rows: Floats
    facts: dict[str, str]
    text: str


def command(*words: str) -> list[str]:
    """Return the command line of the probe."""
    return [str(BUILD / "tests" / "engine_probe"), "--engine-dir", str(BUILD), *words]


def run_probe(words: list[str]) -> str:
    """Run the probe and return what it printed; nothing may be on standard error."""
    quiet = {**os.environ, "OMP_WAIT_POLICY": "passive"}  # or waiting threads fight for a busy machine
    done = subprocess.run(command(*words), capture_output=True, text=True, check=False, env=quiet)
    if done.stdout.startswith("error "):
        _, code, detail = done.stdout.rstrip("\n").split(" ", 2)
        raise EngineError(code, detail)
    assert done.returncode == 0, f"{words}: exit code {done.returncode}: {done.stderr}"
    assert done.stderr == "", done.stderr
    return done.stdout


def run_model(model: Path, images: Tensor, **options: str | int) -> Answer:
    """Run `images` through `model`; options as in the probe, with _ for -."""
    words = [word for key, value in options.items() for word in (f"--{key.replace('_', '-')}", str(value))]
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file, images.numpy())
        file.flush()
        printed = run_probe([*words, str(model), file.name])
    facts, *lines = printed.split("\n")
    count = int(facts.split()[0].removeprefix("rows="))
    values = [[float.fromhex(word) for word in line.split()] for line in lines[:count]]
    pairs = (fact.split("=", 1) for fact in facts.split(" ", 4))
    return Answer(np.array(values, np.float32), dict(pairs), "\n".join(lines[count:]))
