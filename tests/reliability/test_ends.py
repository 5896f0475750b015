"""How a run ends: by signals, closed pipes and full disks, with whole lines and the documented exit codes."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from harness import Folder, classify, command, environment, make_folder, records


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return make_folder(tmp_path_factory.mktemp("pictures"), 300, size=(64, 48))


def start(
    folder: Folder, *words: str | Path, behaviour: str = "sleep-ms=20", stdin: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a run whose records are waited for."""
    return subprocess.Popen(
        command(*words),
        cwd=folder.path,
        env=environment(behaviour),
        stdin=stdin if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # so that nothing read ahead is lost
    )


def end(run: subprocess.Popen[bytes]) -> tuple[int, bytes, str, float]:
    """Wait for the end: exit code, what is left on standard output, messages, seconds."""
    begun = time.monotonic()
    out, err = run.communicate(timeout=30)
    return run.returncode, out, err.decode(), time.monotonic() - begun


def first_line(run: subprocess.Popen[bytes]) -> bytes:
    """Wait until a record is there."""
    assert run.stdout is not None
    return run.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_finishes_what_is_in_flight(folder: Folder, number: signal.Signals) -> None:
    run = start(folder, ".")
    first = first_line(run)
    run.send_signal(number)
    code, rest, err, seconds = end(run)
    found = records(first + rest)
    assert code == 128 + number
    assert seconds < 5
    assert 8 <= len(found) < len(folder.names)
    assert [record["path"] for record in found] == [f"./{name}" for name in folder.names[: len(found)]]
    assert f"{len(found)} images" in err


def test_interrupted_output_can_be_resumed(folder: Folder, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert classify(".", "-o", whole, cwd=folder.path).code == 1
    run = start(folder, ".", "-o", cut)
    while not cut.exists() or cut.stat().st_size == 0:
        time.sleep(0.002)
    run.send_signal(signal.SIGTERM)
    assert end(run)[0] == 143
    assert 0 < cut.stat().st_size < whole.stat().st_size
    assert whole.read_bytes().startswith(cut.read_bytes())
    assert classify(".", "-o", cut, "--resume", cwd=folder.path).code == 1
    assert cut.read_bytes() == whole.read_bytes()


def test_second_signal_ends_at_once(folder: Folder) -> None:
    """While a forward takes long: without the second signal it would be ended after some seconds."""
    run = start(folder, ".", "--batch", "8", behaviour="sleep-ms=1500")
    first = first_line(run)
    run.send_signal(signal.SIGINT)
    time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    code, rest, _, seconds = end(run)
    assert code == 130
    assert seconds < 5
    assert len(records(first + rest)) % 8 == 0  # a slow machine may be a batch further; lines are whole


def test_a_forward_without_end_is_left(folder: Folder) -> None:
    run = start(folder, ".", "--batch", "8", behaviour="sleep-ms=2000")
    first = first_line(run)
    time.sleep(0.2)  # the next forward has begun: the signal cuts its sleep short, not that of the one after
    run.send_signal(signal.SIGTERM)
    code, rest, _, seconds = end(run)
    assert code == 143
    assert seconds < 5
    assert len(records(first + rest)) % 8 == 0


@pytest.mark.parametrize("words", [["-"], ["--files-from", "-"]])
def test_signal_while_waiting_for_standard_input(folder: Folder, words: list[str]) -> None:
    run = start(folder, *words, stdin=subprocess.PIPE)
    time.sleep(0.3)
    run.send_signal(signal.SIGINT)
    begun = time.monotonic()
    assert run.wait(timeout=30) == 130
    assert time.monotonic() - begun < 5
    run.communicate()


def test_closed_pipe_is_quiet(folder: Folder) -> None:
    run = start(folder, ".", "--quiet", behaviour="")
    first_line(run)
    assert run.stdout is not None
    run.stdout.close()
    assert run.wait(timeout=30) == 141
    assert run.stderr is not None
    messages = run.stderr.read().decode()
    run.stderr.close()
    assert "[output_closed]" not in messages
    assert "internal" not in messages


@pytest.mark.parametrize("form", ["jsonl", "json", "csv", "table"])
@pytest.mark.parametrize("to", ["-", "/dev/full"])
def test_full_disk(folder: Folder, form: str, to: str) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            command(".", "--format", form, "-o", to),
            cwd=folder.path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=30,
            check=False,
        )
    assert done.returncode == 3
    assert b"[output_failed]" in done.stderr
    assert b"No space left on device" in done.stderr


def test_disk_that_becomes_full(folder: Folder, tmp_path: Path) -> None:
    """A limit on the file's size stands for the disk: exit code 3, and what is there can be gone on with."""
    output = tmp_path / "out"
    limited = ["bash", "-c", 'ulimit -f 16; trap "" XFSZ; exec "$@"', "-"]
    done = subprocess.run(
        [*limited, *command(".", "--logits", "-o", output)],
        cwd=folder.path,
        env=environment(),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert output.stat().st_size == 16 * 1024
    assert classify(".", "--logits", "-o", output, "--resume", cwd=folder.path).code == 1
    found = records(output.read_bytes())
    assert [record["path"] for record in found] == [f"./{name}" for name in folder.names]


def test_crash_of_the_engine_keeps_what_was_computed(folder: Folder, tmp_path: Path) -> None:
    """The records of the batches before the crash are there, and the exit code tells."""
    done = classify("000/000000.jpg", cwd=folder.path, behaviour="crash-run")
    assert done.code == 5
    assert "[inference_crashed]" in done.err
    assert classify("000/000000.jpg", cwd=folder.path, behaviour="crash-load").code == 4
