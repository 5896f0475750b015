"""Talks to the test tool prep_probe: one process, many resizes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PTRUN_BUILD", ROOT / "build"))

Pixels = npt.NDArray[np.uint8]
Window = tuple[int, int, int, int]


class ProbeError(Exception):
    """The probe refused a command; the text is the status word."""


class Probe:
    """A running prep_probe; `cpu` forces a kernel through PTRUN_CPU."""

    def __init__(self, cpu: str | None = None) -> None:
        env = {k: v for k, v in os.environ.items() if k != "PTRUN_CPU"}
        if cpu:
            env["PTRUN_CPU"] = cpu
        self._process = subprocess.Popen(
            [BUILD / "tests" / "prep_probe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env
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
        assert kind or code == 0, f"prep_probe ended with {code}"

    def _ask(self, line: str, pixels: bytes = b"") -> list[str]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(line.encode() + b"\n" + pixels)
        self._process.stdin.flush()
        word, *rest = self._process.stdout.readline().decode().split()
        if word != "ok":
            raise ProbeError(rest[0])
        return rest

    def time(self, image: Pixels, size: tuple[int, int], filter_name: str, runs: int) -> float:
        """Return the seconds that the fastest of `runs` resizes of `image` (H, W, C) took."""
        height, width, channels = image.shape
        words = (
            f"{runs} {width} {height} {channels} {size[0]} {size[1]} {filter_name} 0 0 {size[0]} {size[1]}"
        )
        return int(self._ask(f"time {words}", image.tobytes())[0]) / 1e9

    def resize(self, image: Pixels, size: tuple[int, int], filter_name: str, window: Window) -> Pixels:
        """Return the window (x, y, columns, rows) of `image` (H, W, C) resized to size (width, height)."""
        assert self._process.stdout
        height, width, channels = image.shape
        numbers = f"{width} {height} {channels} {size[0]} {size[1]}"
        (count,) = self._ask(f"resize {numbers} {filter_name} {' '.join(map(str, window))}", image.tobytes())
        data = self._process.stdout.read(int(count))
        return np.frombuffer(data, np.uint8).reshape(window[3], window[2], channels)

    def size(self, size: tuple[int, int], shorter: int, max_size: int) -> tuple[int, int]:
        """Return the size (width, height) after Resize(shorter, max_size); max_size 0 is none."""
        width, height = self._ask(f"size {size[0]} {size[1]} {shorter} {max_size}")
        return int(width), int(height)
