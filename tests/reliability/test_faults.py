"""Whichever allocation, read, open or write fails: no crash, no leak, no success with a record missing.

tests/reliability/fault.c makes the n-th call fail; n grows until the run has no such call.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from harness import ACCEPTANCE, BUILD, FAULT, PROGRAM, command, environment, jpeg, records, strict
from PIL import Image

KINDS = ["alloc", "open", "read", "write", "close", "stat", "map", "rename", "truncate", "thread"]
EXPECTED_CODES = {0, 1, 2, 3, 4, 5}  # 2: an option that could not even be read
LEAK = 23  # exit code of a sanitizer


def sanitized() -> bool:
    """Whether the program was built with AddressSanitizer."""
    return b"libasan.so" in PROGRAM.read_bytes()


@dataclass(frozen=True)
class Result:
    """What one run with one fault gave."""

    happened: bool
    code: int
    out: bytes
    err: str


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(5)
    (folder / "in" / "deep").mkdir(parents=True)
    (folder / "in" / "a.jpg").write_bytes(jpeg(random, 60, 40))
    Image.fromarray(random.integers(0, 256, (30, 40), dtype=np.uint8)).save(folder / "in" / "b.png")
    Image.fromarray(random.integers(0, 256, (30, 40, 3), dtype=np.uint8)).save(
        folder / "in" / "deep" / "c.bmp"
    )
    Image.fromarray(random.integers(0, 256, (30, 40), dtype=np.uint8)).save(folder / "in" / "deep" / "d.gif")
    (folder / "list").write_bytes(b"in/a.jpg\nin/b.png\nin/deep/c.bmp\nin/deep/d.gif\n")
    return folder


def run(words: list[str], fault: str, cwd: Path) -> Result:
    """Run with a fault; a pipe tells whether it happened."""
    told, tell = os.pipe()
    more = {"PTRUN_FAULT": fault, "PTRUN_FAULT_FD": str(tell)}
    if sanitized():  # our functions stand before the sanitizer's
        leaks = "detect_leaks=0" if "+" in fault else "detect_leaks=1"
        settings = ["verify_asan_link_order=0", "allocator_may_return_null=1", f"exitcode={LEAK}", leaks]
        more |= {"ASAN_OPTIONS": ":".join(settings), "UBSAN_OPTIONS": f"exitcode={LEAK}"}
    done = subprocess.run(
        ["env", f"LD_PRELOAD={FAULT}", *command(*words)],
        cwd=cwd,
        env=environment(**more),
        input=(cwd / "list").read_bytes(),
        capture_output=True,
        pass_fds=[tell],
        timeout=60,
        check=False,
    )
    os.close(tell)
    happened = os.read(told, 1) == b"!"
    os.close(told)
    return Result(happened, done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def numbers(kind: str) -> Iterator[int]:
    """Every n; of the many allocations, in the quick run, and with a sanitizer, a sample."""
    n = 1
    step = 1 if ACCEPTANCE or kind != "alloc" else 37 if sanitized() else 7
    while True:
        yield n
        n += step


RUNS = {
    "folder to standard output": ["in", "-j", "2"],
    "list to a file": ["--files-from", "list", "-j", "1", "-b", "2", "--logits", "-o", "out"],
    "csv": ["in", "--format", "csv", "-o", "out", "--overwrite"],
    "document": ["in", "--format", "json", "--shard", "1/1"],
    "resumed": ["in", "-b", "1", "-o", "out", "--resume"],
    "stream, forwards side by side": ["--files-from", "-", "-b", "1", "-j", "1"],
}


def prepare(cwd: Path, interrupted: bool) -> None:
    """Remove what the run before left, and put an interrupted run there where one is to be gone on with."""
    for left in cwd.glob("out*"):
        left.unlink()
    if interrupted:
        kept = cwd / "kept"
        if not kept.exists():
            subprocess.run(
                [*command("in", "-b", "1", "-o", kept)],
                cwd=cwd,
                env=environment(),
                capture_output=True,
                check=True,
            )
        lines = kept.read_bytes().splitlines(keepends=True)
        (cwd / "out").write_bytes(lines[0] + lines[1][:20])
        manifest = (cwd / "kept.ptrun.json").read_bytes()
        (cwd / "out.ptrun.json").write_bytes(manifest.replace(b'"complete":true', b'"complete":false', 1))


def check(result: Result, words: list[str], cwd: Path, n: str) -> None:
    """Check the rules that hold whatever failed."""
    where = f"{n}: exit code {result.code}: {result.err[-2000:]}"
    if "CHECK failed: sanitizer_" in result.err:
        return  # the sanitizer itself does without memory no better than to stop
    assert result.code in EXPECTED_CODES, where
    assert "Sanitizer" not in result.err, where
    assert "runtime error" not in result.err, where
    assert "crash" not in result.err, where
    text = (cwd / "out").read_bytes() if "-o" in words and (cwd / "out").exists() else result.out
    if result.code in (0, 1):
        assert complete(text, words, failed=result.code == 1), where
    else:
        assert result.err or n.startswith("write"), where  # messages are written, too


def complete(text: bytes, words: list[str], failed: bool) -> bool:
    """Whether all four inputs have their records, and one of them failed where the exit code says so."""
    if "csv" in words:
        lines = text.decode().split("\r\n")[1:-1]
        states = {line.split(",")[0]: line.split(",")[1] for line in lines}
    else:
        found = strict(text)["results"] if "json" in words else records(text)
        states = {record["path"]: record["status"] for record in found}
    if ("error" in states.values()) != failed:
        return False
    inputs = {"in/a.jpg", "in/b.png", "in/deep/c.bmp", "in/deep/d.gif"}
    if states.get("in/deep") == "error":  # a folder that could not be read stands for what is below it
        inputs = {"in/a.jpg", "in/b.png", "in/deep"}
    return set(states) == ({"in"} if states.get("in") == "error" else inputs)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("sticky", ["", "+"], ids=["once", "from then on"])
def test_every_fault(pictures: Path, name: str, kind: str, sticky: str) -> None:
    if not FAULT.exists():
        pytest.skip(f"this build has no {FAULT.relative_to(BUILD)}")
    words = RUNS[name]
    happened = 0
    for n in numbers(kind):
        prepare(pictures, interrupted=name == "resumed")
        fault = f"{kind}:{n}{sticky}"
        result = run(words, fault, pictures)
        check(result, words, pictures, fault)
        if not result.happened:
            assert result.code == 0, result.err
            break
        happened += 1
    assert happened > 0 or kind in ("rename", "truncate")  # which only some runs have
    print(f"{name}, {kind}{sticky}: {happened} faults")
