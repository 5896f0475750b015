"""Folders: every input its record, in order, whatever the workers do; shards; flat memory."""

from __future__ import annotations

import itertools
import subprocess
import time
from pathlib import Path

import pytest
from harness import ACCEPTANCE, Folder, check_records, classify, command, environment, make_folder, records

COUNT = 10_000 if ACCEPTANCE else 600
SHARDS = 7


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    path = tmp_path_factory.mktemp("pictures")
    return make_folder(path, COUNT)


def test_every_input_has_its_record(folder: Folder) -> None:
    done = classify("--jobs", "8", ".", cwd=folder.path)
    assert done.code == 1, done.err
    check_records(records(done.out), folder, "./")


@pytest.mark.parametrize(
    "words", [["--jobs", "1"], ["--jobs", "5", "--batch", "3"], ["--batch", "64"], ["--batch", "1"]]
)
def test_same_bytes_however_planned(folder: Folder, words: list[str]) -> None:
    """The fake engine gives the same bits in any batch, so nothing may depend on the plan."""
    part = [folder.path / name for name in folder.names[:200]]
    expected = classify("--jobs", "3", *part, cwd=folder.path)
    done = classify(*words, *part, cwd=folder.path)
    assert (done.code, done.out) == (expected.code, expected.out)


def test_shards_make_the_whole(folder: Folder) -> None:
    whole = classify("--logits", "--optimize", "off", "--batch", "1", ".", cwd=folder.path)
    shards = [
        classify(
            "--logits", "--optimize", "off", "--batch", "1", "--shard", f"{i}/{SHARDS}", ".", cwd=folder.path
        )
        for i in range(1, SHARDS + 1)
    ]
    assert b"".join(shard.out for shard in shards) == whole.out
    planned = [classify("--shard", f"{i}/{SHARDS}", ".", cwd=folder.path) for i in range(1, SHARDS + 1)]
    check_records([record for shard in planned for record in records(shard.out)], folder, "./")


def resident_kilobytes(process: int) -> int:
    """Return VmRSS of a process."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def test_memory_stays_flat(folder: Folder) -> None:
    """Resident memory near the end is within 5 % of that after a tenth of the way; times are only told.

    The quick run is so short that the workers' buffers may still grow: it only sees a leak of whole images.
    """
    early, late, tenth = COUNT // 10, COUNT - 20, COUNT // 10
    memory: dict[int, int] = {}
    times = [time.monotonic()]
    words = command(".", "--jobs", "2", "--quiet")
    with subprocess.Popen(words, cwd=folder.path, env=environment(), stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        for number, _ in enumerate(run.stdout, 1):
            if number in (early, late):
                memory[number] = resident_kilobytes(run.pid)
            if number % tenth == 0:
                times.append(time.monotonic())
    assert run.returncode == 1
    laps = " ".join(f"{1000 * (end - begin) / tenth:.3f}" for begin, end in itertools.pairwise(times))
    print(f"{memory[early]} kB after {early}, {memory[late]} kB after {late}; ms an image by tenths: {laps}")
    assert memory[late] <= memory[early] * (1.05 if ACCEPTANCE else 1.5)
