"""Names are any bytes, and come back as they were; records are strict JSON in every locale."""

from __future__ import annotations

import base64
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import PROGRAM, classify, environment, jpeg, make_folder, records, strict

COUNT = 10_000


def random_name(draw: random.Random, longest: int) -> bytes:
    """Return a name of any bytes but NUL and '/'; newlines, quotes and halves of UTF-8 among them."""
    length = draw.choice([1, 2, 3, 10, 40, longest])
    pool = draw.choice(
        [bytes(range(1, 256)), b"\n\r\"\\,' \t", "aé€😀".encode(), b"\xc3\xe2\xf0\x80\xbf\xed\xa0"]
    )
    name = bytes(draw.choice(pool) for _ in range(length)).replace(b"/", b"_")
    return name if name not in (b".", b"..", b"-") else b"x"


def name_of(record: dict[str, Any]) -> bytes:
    """Return the exact name of a record."""
    if "path_base64" in record:
        return base64.b64decode(record["path_base64"], validate=True)
    return str(record["path"]).encode()


def test_names_of_a_list(tmp_path: Path) -> None:
    draw = random.Random(1)
    names = [random_name(draw, 300) for _ in range(COUNT)]
    (tmp_path / "list").write_bytes(b"\0".join(names))
    from_file = classify("--files-from", "list", "--null", cwd=tmp_path)
    assert from_file.code == 1
    assert [name_of(record) for record in records(from_file.out)] == names
    streamed = classify("--files-from", "-", "--null", cwd=tmp_path, stdin=b"\0".join(names) + b"\0")
    assert (streamed.code, streamed.out) == (1, from_file.out)
    for record, name in zip(records(from_file.out), names, strict=True):
        assert record["path"] == name.decode(errors="replace")
        assert ("path_base64" in record) == (name.decode(errors="replace").encode() != name)


def test_names_of_a_folder(tmp_path: Path) -> None:
    """In the byte order of the paths, and each file is found again under its name."""
    draw = random.Random(2)
    picture = jpeg(np.random.default_rng(2), 32, 32)
    paths = set()
    for _ in range(400):
        folder = b"/".join(random_name(draw, 30) for _ in range(draw.randint(0, 3)))
        path = (folder + b"/" if folder else b"") + random_name(draw, 200) + b".jpg"
        if any(part.startswith(b".") for part in path.split(b"/")):
            continue
        full = bytes(tmp_path) + b"/in/" + path
        try:
            subprocess.run(["mkdir", "-p", "--", full.rpartition(b"/")[0]], check=True, capture_output=True)
        except subprocess.CalledProcessError:
            continue  # a file is where a folder should be
        Path(os.fsdecode(full)).write_bytes(picture)
        paths.add(b"in/" + path)
    done = classify("in", cwd=tmp_path)
    assert done.code == 0, done.err
    assert [name_of(record) for record in records(done.out)] == sorted(paths)


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile German and Turkish, whose decimal point and letters i are traps."""
    folder = tmp_path_factory.mktemp("locales")
    for name in ("de_DE", "tr_TR"):
        made = subprocess.run(
            ["localedef", "-i", name, "-f", "UTF-8", str(folder / f"{name}.UTF-8")],
            capture_output=True,
            check=False,
        )
        if not (folder / f"{name}.UTF-8" / "LC_NUMERIC").exists():
            pytest.skip(f"localedef cannot make {name} here: {made.stderr.decode().strip()[:200]}")
    return folder


@pytest.mark.parametrize("engine", ["fake", "torchscript"])
def test_locales(locales: Path, engine: str, tmp_path: Path) -> None:
    if not (PROGRAM.parent / f"ptrun-engine-{engine}.so").exists():
        pytest.skip(f"this build has no engine {engine}")
    folder = make_folder(tmp_path / "İıß", 20, size=(64, 48), bad_every=5)
    decimal = subprocess.run(
        ["locale", "decimal_point"],
        env=environment(LC_ALL="de_DE.UTF-8", LOCPATH=str(locales)),
        capture_output=True,
        check=True,
    )
    assert decimal.stdout == b",\n"  # else this test would prove nothing
    for form in ("jsonl", "json", "csv"):
        found = {
            name: classify(
                "--format",
                form,
                "--logits",
                ".",
                cwd=folder.path,
                engine=engine,
                more={"LC_ALL": name, "LOCPATH": str(locales)},
            )
            for name in ("C", "de_DE.UTF-8", "tr_TR.UTF-8")
        }
        assert {done.code for done in found.values()} == {1}
        assert len({done.out for done in found.values()}) == 1
        if form == "jsonl":
            assert len(records(found["C"].out)) == len(folder.names)
        if form == "json":
            assert len(strict(found["C"].out)["results"]) == len(folder.names)
