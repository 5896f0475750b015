"""Runs the program under test with its fake engine, makes inputs, reads records strictly."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

# Started in the background by a script, this process ignores SIGINT, and so would what it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PTRUN_BUILD", ROOT / "build")).resolve()
PROGRAM = BUILD / "ptrun"
MODEL = ROOT / "models" / "digits" / "digits.pt"
FAULT = BUILD / "tests" / "libptrun-fault.so"
CACHE = tempfile.TemporaryDirectory(prefix="ptrun-cache-")  # measured preparations; none of the user's
ACCEPTANCE = os.environ.get("PTRUN_ACCEPTANCE") == "1"
SECONDS = 120


@dataclass(frozen=True)
class Done:
    """How a run ended: a negative code is a signal's number."""

    code: int
    out: bytes
    err: str


def command(*words: str | Path, engine: str = "fake") -> list[str]:
    """Return the command line of `ptrun classify` on the bundled model."""
    return [str(PROGRAM), "classify", "--engine", engine, str(MODEL), *(str(word) for word in words)]


def environment(behaviour: str = "", **more: str) -> dict[str, str]:
    """Return a clean environment in which the fake engine behaves as asked for (shim/fake/behaviour.h)."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PTRUN", "LC_", "LANG"))}
    kept["XDG_CACHE_HOME"] = CACHE.name
    return kept | ({"PTRUN_FAKE": behaviour} if behaviour else {}) | more


def classify(
    *words: str | Path,
    cwd: Path,
    engine: str = "fake",
    behaviour: str = "",
    stdin: bytes = b"",
    more: Mapping[str, str] | None = None,
) -> Done:
    """Run `ptrun classify` to its end."""
    done = subprocess.run(
        command(*words, engine=engine),
        cwd=cwd,
        env=environment(behaviour, **(more or {})),
        input=stdin,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def run_model(model: Path, *words: str | Path, limit: float = SECONDS) -> Done:
    """Run `ptrun classify` on any model with LibTorch; TimeoutExpired beyond `limit` seconds."""
    done = subprocess.run(
        [PROGRAM, "classify", model, *words],
        env=environment(),
        capture_output=True,
        timeout=limit,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def refuse_constant(word: str) -> None:
    """JSON knows no NaN and no Infinity."""
    raise ValueError(f"{word} is no JSON")


def unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object with a key that comes twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a key twice: {[key for key, _ in pairs]}")
    return found


def strict(text: bytes) -> Any:
    """Parse JSON: UTF-8, no NaN, no duplicate keys."""
    return json.loads(text.decode("utf-8"), parse_constant=refuse_constant, object_pairs_hook=unique)


def records(text: bytes) -> list[dict[str, Any]]:
    """Parse JSON Lines; the last line must be whole."""
    assert text == b"" or text.endswith(b"\n"), text[-200:]
    return [strict(line) for line in text.split(b"\n")[:-1]]


def jpeg(random: np.random.Generator, width: int = 500, height: int = 375) -> bytes:
    """Return a JPEG of soft random colours, of about the size of a photograph's."""
    coarse = random.integers(0, 256, (height // 25 + 1, width // 25 + 1, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    noise = random.integers(-12, 13, (height, width, 1))
    noisy = np.clip(np.asarray(image).astype(np.int16) + noise, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(noisy).save(out, "JPEG", quality=85)
    return out.getvalue()


def damaged(good: bytes, kind: int) -> bytes:
    """Return a picture that is cut off, none at all, or broken inside."""
    return [good[: len(good) // 2], b"This is no picture at all.\n" * 20, good[:200] + b"\xff\x00" * 300][
        kind % 3
    ]


@dataclass(frozen=True)
class Folder:
    """A folder of pictures, some of them bad."""

    path: Path
    names: list[str]  # in the order of the walk
    bad: set[str]


def make_folder(path: Path, count: int, size: tuple[int, int] = (500, 375), bad_every: int = 100) -> Folder:
    """Fill `path` with pictures, every `bad_every`-th of them bad; the same bytes every time."""
    random = np.random.default_rng(count)
    distinct = [jpeg(random, *size) for _ in range(min(count, 200))]
    bad = set()
    for number in range(count):
        folder = path / f"{number // 1000:03}"
        folder.mkdir(parents=True, exist_ok=True)
        data = distinct[number % len(distinct)]
        name = f"{number // 1000:03}/{number:06}.jpg"
        if number % bad_every == bad_every // 2:
            data = damaged(data, number // bad_every)
            bad.add(name)
        (path / name).write_bytes(data)
    names = [f"{number // 1000:03}/{number:06}.jpg" for number in range(count)]
    return Folder(path, names, bad)


def check_records(found: list[dict[str, Any]], folder: Folder, prefix: str) -> None:
    """Check that every picture has its record, in order, and that just the bad ones failed."""
    assert [record["path"] for record in found] == [prefix + name for name in folder.names]
    failed = {record["path"] for record in found if record["status"] == "error"}
    assert failed == {prefix + name for name in folder.bad}
