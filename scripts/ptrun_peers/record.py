"""What was measured, as JSON: {"machine": …, "versions": …, "rows": {KEY: row}}; all else is written from it.

The key of a row is KIND/MODEL/PRECISION/BATCH, its unit "ms" or "images/s". A side has `value` (the median of
its rounds), `low` and `high` (the lowest and the highest round), `note` (its setting), and where outputs were
compared `error` and `top1`.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import torch

from .agree import Agreement


class Side(TypedDict):
    """One side of a row."""

    value: float
    low: float
    high: float
    note: NotRequired[str]
    error: NotRequired[float]
    top1: NotRequired[float]


class Row(TypedDict):
    """One comparison, measured in one run."""

    kind: str
    model: str
    precision: str
    batch: int
    unit: str
    rounds: int
    sides: dict[str, Side]


class Record(TypedDict):
    """All rows, and where they were measured."""

    machine: dict[str, Any]
    versions: dict[str, str]
    rows: dict[str, Row]


def side(rounds: Sequence[float], note: str = "", agreement: Agreement | None = None) -> Side:
    """Return a side from what each round gave."""
    found: Side = {
        "value": _short(statistics.median(rounds)),
        "low": _short(min(rounds)),
        "high": _short(max(rounds)),
    }
    if note:
        found["note"] = note
    if agreement is not None:
        found["error"] = float(f"{agreement.error:.1e}")
        found["top1"] = round(agreement.top1, 3)
    return found


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def key(row: Row) -> str:
    """Return the row's place in the record."""
    return f"{row['kind']}/{row['model']}/{row['precision']}/{row['batch']}"


def load(path: Path) -> Record:
    """Return the record, empty where there is none."""
    if not path.exists():
        return {"machine": {}, "versions": {}, "rows": {}}
    found: Record = json.loads(path.read_text())
    return found


def keep(path: Path, rows: Sequence[Row], versions: dict[str, str]) -> None:
    """Add rows to the record, in place of those with the same key; measured elsewhere, it begins anew."""
    record = load(path)
    if record["machine"] != machine():
        record = {"machine": machine(), "versions": {}, "rows": {}}
    record["versions"] = versions
    record["rows"] |= {key(row): row for row in rows}
    record["rows"] = dict(sorted(record["rows"].items()))
    path.write_text(json.dumps(record, indent=1) + "\n")


def machine() -> dict[str, Any]:
    """Return the processor, how many of it this process may use, and the instruction set in use."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.machine(),
        "processors": len(os.sched_getaffinity(0)),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def versions(program: Path, python: Path) -> dict[str, str]:
    """Return the versions of all sides."""
    listed = {found.name.lower(): found.version for found in distributions()}
    listed |= {found.name.lower(): found.version for found in distributions(path=_folders(python))}
    names = ("torch", "torchvision", "onnxruntime", "openvino", "numpy", "pillow")
    told = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    python_version = sys.version.split()[0]
    return {"ptrun": told.split()[1], "python": python_version, **{name: listed[name] for name in names}}


def _folders(python: Path) -> list[str]:
    return [str(folder) for folder in python.parents[1].glob("lib/python*/site-packages")]
