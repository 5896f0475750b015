"""A run that is killed at any moment and resumed gives the bytes of one that was not."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness import ACCEPTANCE, Folder, classify, command, environment, make_folder, strict

KILLS = 200 if ACCEPTANCE else 12
SLOWED = "sleep-ms=3"  # a forward, so that the writing takes most of the time


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return make_folder(tmp_path_factory.mktemp("pictures"), 403, size=(64, 48), bad_every=7)


def start(folder: Folder, words: list[str]) -> subprocess.Popen[bytes]:
    """Start a run that is slow enough to be killed."""
    return subprocess.Popen(
        command(*words),
        cwd=folder.path,
        env=environment(SLOWED),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_after(folder: Folder, words: list[str], seconds: float) -> None:
    """Start a run and kill it; it may have ended by then."""
    run = start(folder, words)
    time.sleep(seconds)
    run.send_signal(signal.SIGKILL)
    run.wait()


@dataclass
class Whole:
    """What a run that nobody kills takes and gives."""

    words: list[str]
    seconds: float
    content: bytes


def run_whole(folder: Folder, form: str, output: Path) -> Whole:
    words = [".", "--format", form, *(["--logits"] if form == "jsonl" else [])]
    begun = time.monotonic()
    assert classify(*words, "-o", output, cwd=folder.path, behaviour=SLOWED).code == 1
    return Whole(words, time.monotonic() - begun, output.read_bytes())


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_killed_and_resumed(folder: Folder, form: str, tmp_path: Path) -> None:
    """Killed up to three times in a row."""
    draw = random.Random(form)
    whole = run_whole(folder, form, tmp_path / "whole")
    torn = 0
    for number in range(KILLS // 2):
        output = tmp_path / f"killed-{number}"
        words = [*whole.words, "-o", str(output), "--resume"]
        for _ in range(draw.randint(1, 3)):
            kill_after(folder, words, draw.uniform(0, whole.seconds))
        torn += output.exists() and 0 < output.stat().st_size < len(whole.content)
        done = classify(*words, cwd=folder.path)
        assert done.code == 1, done.err
        assert output.read_bytes() == whole.content, f"kill {number}"
        manifest = strict(Path(f"{output}.ptrun.json").read_bytes())
        assert manifest["complete"] is True
        assert manifest["summary"]["inputs"] == len(folder.names)
        assert manifest["summary"]["failed"] == len(folder.bad)
    assert torn > KILLS // 8, "hardly a kill fell into a run: this proves nothing"


def test_resume_takes_the_measured_preparation(folder: Folder, tmp_path: Path) -> None:
    """What was measured for the interrupted run stays in force where it is not remembered any more."""
    measured, none = "variants,sleep-ms=20", {"XDG_CACHE_HOME": str(tmp_path / "nowhere" / "at" / "all")}
    words = [".", "--logits", "-o"]
    done = classify(*words, tmp_path / "whole", cwd=folder.path, behaviour=measured)
    whole = (tmp_path / "whole").read_bytes()
    manifest = strict((tmp_path / "whole.ptrun.json").read_bytes())
    assert manifest["plan"]["preparation"] in {"fast", "near"}, done.err  # a busy machine may mistake one
    assert 0 < manifest["model"]["preparation_error"] <= 1e-5
    saved = classify(*words, tmp_path / "saved", "--optimize", "off", cwd=folder.path, behaviour="variants")
    assert (tmp_path / "saved").read_bytes() != whole, saved.err
    for number, kept in enumerate((1000, len(whole) // 2, len(whole) - 10)):
        output = tmp_path / f"cut-{number}"
        output.write_bytes(whole[:kept])
        cut = (tmp_path / "whole.ptrun.json").read_text().replace('"complete":true', '"complete":false')
        Path(f"{output}.ptrun.json").write_text(cut)
        done = classify(*words, output, "--resume", cwd=folder.path, behaviour=measured, more=none)
        assert done.code == 1, done.err
        assert output.read_bytes() == whole
        assert strict(Path(f"{output}.ptrun.json").read_bytes())["model"] == manifest["model"]


def test_killed_while_replacing(folder: Folder, tmp_path: Path) -> None:
    """The old output is there untouched, or resuming gives the whole new one: never something in between."""
    draw = random.Random(3)
    whole = run_whole(folder, "jsonl", tmp_path / "whole")
    for number in range(KILLS // 2):
        output = tmp_path / f"replaced-{number}"
        assert classify("000/000000.jpg", "-o", output, cwd=folder.path).code == 0
        old = output.read_bytes()
        kill_after(folder, [*whole.words, "-o", str(output), "--overwrite"], draw.uniform(0, 0.06))
        done = classify(*whole.words, "-o", output, "--resume", cwd=folder.path)
        assert (done.code, output.read_bytes()) in ((1, whole.content), (3, old)), done.err


def test_resume_refuses_another_run(folder: Folder, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert classify("000", "-o", output, cwd=folder.path).code == 1
    before = output.read_bytes()
    for other in (
        ["000", "-k", "2"],
        ["000", "--logits"],
        [".", "--exclude", "x"],
        ["000", "--format", "csv"],
    ):
        done = classify(*other, "-o", output, "--resume", cwd=folder.path)
        assert done.code == 3
        assert "[resume_mismatch]" in done.err
    done = classify("000", "-o", output, "--resume", cwd=folder.path)
    assert done.code == 1
    assert "nothing to do" in done.err
    assert output.read_bytes() == before
