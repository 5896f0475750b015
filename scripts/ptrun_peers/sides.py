"""The sides of a forward alone, each in a process of its own: a peer that waits for orders, and `ptrun`."""

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .backends import Floats, Setting
from .environment import variables


@dataclass(frozen=True)
class Images:
    """Photographs, their names in a file, and the tensors made of them in an .npy file."""

    paths: list[Path]
    names: Path
    tensors: Path


class Side(Protocol):
    """Something that runs a forward."""

    name: str

    def logits(self, images: Images) -> Floats:
        """Return the logits of all images."""

    def sample(self, images: Images, seconds: float) -> float:
        """Run the first batch for so long; return the median in milliseconds."""

    def close(self) -> None:
        """End."""


class Peer:
    """A process of the peers' environment."""

    def __init__(self, python: Path, backend: str, setting: Setting) -> None:
        self.name = backend
        command = [str(python), "-m", "ptrun_peers.serve", backend, json.dumps(asdict(setting))]
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed in close())
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=variables(),
        )
        self._reply()

    def _reply(self) -> list[float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            sys.exit(f"peers: {self.name} failed: {self._errors.read()[-2000:]}")
        times: list[float] = json.loads(line)
        return times

    def _ask(self, **order: Any) -> list[float]:
        assert self._process.stdin is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return self._reply()

    def logits(self, images: Images) -> Floats:
        """Return the logits of all images."""
        with tempfile.NamedTemporaryFile(suffix=".npy") as file:
            self._ask(images=str(images.tensors), logits=file.name)
            found: Floats = np.load(file.name)
        return found

    def sample(self, images: Images, seconds: float) -> float:
        """Run the first batch for so long; return the median in milliseconds."""
        return float(np.median(self._ask(images=str(images.tensors), seconds=seconds)))

    def close(self) -> None:
        """End."""
        self._process.communicate()
        self._errors.close()


@dataclass(frozen=True)
class Program:
    """`ptrun` with a model: what every command line of it says."""

    path: Path
    model: Path
    precision: str
    threads: int
    batch: int

    def run(self, command: str, *words: str) -> str:
        """Run a command; return its standard output."""
        told = ["--threads", str(self.threads), "--batch", str(self.batch), "--precision", self.precision]
        done = subprocess.run(
            [str(self.path), command, str(self.model), *words, *told, "-q"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            sys.exit(f"peers: ptrun {command} failed: {done.stderr[-2000:]}")
        return done.stdout

    def bench(self, *words: str) -> dict[str, Any]:
        """Return the only configuration of `ptrun bench`."""
        report = json.loads(self.run("bench", *words, "--format", "json"))
        (configuration,) = report["configurations"]
        if configuration["error"]:
            sys.exit(f"peers: ptrun bench failed: {configuration['error']['message']}")
        found: dict[str, Any] = configuration
        return found


class Ptrun:
    """`ptrun bench` and `ptrun classify`; what `auto` chooses is asked once, then named."""

    name = "ptrun"

    def __init__(self, program: Program, optimize: str, images: Images) -> None:
        self._program = program
        if optimize == "auto":
            found = program.bench(
                *("--files-from", str(images.names), "--measure", "forward", "--duration", "0.2")
            )
            optimize = found["preparation"]
        self.preparation = optimize

    def logits(self, images: Images) -> Floats:
        """Return the logits of all images."""
        words = ["--files-from", str(images.names), "--logits", "--optimize", self.preparation]
        lines = self._program.run("classify", *words).splitlines()
        return np.array([json.loads(line)["logits"] for line in lines], np.float32)

    def sample(self, images: Images, seconds: float) -> float:
        """Run the first batch for so long; return the median in milliseconds."""
        words = ["--files-from", str(images.names), "--optimize", self.preparation]
        found = self._program.bench(*words, "--measure", "forward", "--duration", str(seconds))
        return float(found["stages"]["forward"]["median"])

    def close(self) -> None:
        """Nothing runs between two samples."""
