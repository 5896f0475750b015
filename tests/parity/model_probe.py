"""Talks to the test tool model_probe: one process, many model files and recipes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PTRUN_BUILD", ROOT / "build"))


class Probe:
    """A running model_probe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [BUILD / "tests" / "model_probe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Probe:
        """Use the running process."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process; a failure of its own is an error."""
        assert self._process.stdin
        self._process.stdin.close()
        code = self._process.wait()
        assert kind or code == 0, f"model_probe ended with {code}"

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"model_probe ended with {self._process.wait()} at {question}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def open(self, path: Path) -> dict[str, Any]:
        """Return {"open": {status, detail}} and, for a TorchScript archive, "check" and "records"."""
        return self._ask({"open": str(path)})

    def recipe(self, **request: Any) -> dict[str, Any]:
        """Return {"resolve": {status, detail}} and, where that is ok, "recipe", "source" and "defaulted"."""
        return self._ask(
            {"recipe": {key: str(v) if isinstance(v, Path) else v for key, v in request.items()}}
        )

    def verdict(self, path: Path) -> str:
        """Return the status of the first of opening and checking that fails, else "ok"."""
        answer = self.open(path)
        status: str = answer["open"]["status"]
        return str(answer["check"]["status"]) if status == "ok" else status
