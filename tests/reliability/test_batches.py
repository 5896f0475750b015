"""An image's record is the same whatever else is in its batch, or the run says that it cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness import Folder, classify, make_folder, records

COUNT = 1200
PLAN = ("--batch", "2", "--instances", "1")
LATE = "combines-from=900"  # images in forwards of several, from this one on, answer otherwise than alone


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return make_folder(tmp_path_factory.mktemp("pictures"), COUNT, (32, 24), bad_every=3 * COUNT)


@pytest.fixture(scope="module")
def alone(folder: Folder) -> bytes:
    return classify("--batch", "1", ".", cwd=folder.path).out


def test_found_late_in_a_stream(folder: Folder, alone: bytes) -> None:
    """What was written before is suspect: the run ends and names the first and the last such record."""
    done = classify(*PLAN, ".", cwd=folder.path, behaviour=LATE)
    written = records(done.out)
    assert done.code == 5
    assert 900 <= len(written) < COUNT
    assert "[output_depends_on_batch]" in done.err
    assert f"{len(written)} records may be wrong" in done.err
    assert json.dumps(written[0]["path"]) in done.err
    assert json.dumps(written[-1]["path"]) in done.err
    assert done.out != b"".join(alone.splitlines(keepends=True)[: len(written)])


@pytest.mark.parametrize(
    ("words", "behaviour"),
    [
        ((".",), LATE),
        (("--files-from", "list.txt"), LATE),
        ((".", "--instances", "3"), "combines-from=200"),  # each instance counts its own images
    ],
)
def test_found_late_with_an_output_file(
    folder: Folder, alone: bytes, words: tuple[str, ...], behaviour: str, tmp_path: Path
) -> None:
    """The records are made again, one image at a time, so that the file is that of such a run."""
    output = tmp_path / "out.jsonl"
    (folder.path / "list.txt").write_text("".join(f"./{name}\n" for name in folder.names))
    done = classify(*PLAN, *words, "-o", output, cwd=folder.path, behaviour=behaviour)
    assert done.code == 0, done.err
    assert "are made again, one image at a time" in done.err
    assert output.read_bytes() == alone
    manifest = json.loads(Path(f"{output}.ptrun.json").read_text())
    assert manifest["complete"] is True
    again = classify(*PLAN, *words, "-o", output, "--resume", cwd=folder.path, behaviour=behaviour)
    assert again.code == 0
    assert output.read_bytes() == alone


def test_found_late_where_the_list_cannot_be_read_again(folder: Folder, tmp_path: Path) -> None:
    names = "".join(f"{name}\n" for name in folder.names).encode()
    words = ("--files-from", "-", "-o", tmp_path / "out.jsonl")
    done = classify(*PLAN, *words, cwd=folder.path, behaviour=LATE, stdin=names)
    assert (done.code, "[output_depends_on_batch]" in done.err) == (5, True)


def test_found_after_resuming(folder: Folder, alone: bytes, tmp_path: Path) -> None:
    """The records of the interrupted run were made in batches, too."""
    output = tmp_path / "out.jsonl"
    words = (*PLAN, ".", "-o", str(output))
    assert classify(*words, "--max-errors", "1", cwd=folder.path, behaviour="nan=600").code == 1
    assert 0 < len(output.read_bytes().splitlines()) < COUNT
    done = classify(*words, "--resume", cwd=folder.path, behaviour="combines-from=0")
    assert done.code == 0, done.err
    assert output.read_bytes() == alone


def test_known_from_the_program(folder: Folder, alone: bytes) -> None:
    done = classify(*PLAN, ".", cwd=folder.path, behaviour="combines,combines-from=0")
    assert (done.code, done.out) == (0, alone)
    assert "combines the images of a batch (fake::mean over the images)" in done.err


def test_comparisons_are_counted(folder: Folder) -> None:
    done = classify(*PLAN, ".", "-v", cwd=folder.path)
    line = next(line for line in done.err.splitlines() if "forwards: " in line)
    forwards, compared = int(line.split("forwards: ")[1].split(",")[0]), int(line.split("; ")[1].split()[0])
    assert forwards == COUNT / 2 + compared
    assert 2 <= compared <= forwards / 100 + 1
