"""No program or library of ours lets the current folder decide which libraries are loaded."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import BUILD, MODEL, PROGRAM, ROOT, environment

PT_LOAD, PT_DYNAMIC = 1, 2
DT_NEEDED, DT_STRTAB, DT_RPATH, DT_RUNPATH = 1, 5, 15, 29


def program_headers(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield (type, offset in the file, address, size in the file) of each segment of a 64-bit ELF file."""
    (start,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for at in range(start, start + count * size, size):
        kind, _, offset, address, _, length, _, _ = struct.unpack_from("<IIQQQQQQ", data, at)
        yield kind, offset, address, length


def dynamic_strings(data: bytes) -> list[tuple[int, str]]:
    """Return (tag, text) of each DT_NEEDED, DT_RPATH and DT_RUNPATH (System V ABI, chapter 5)."""
    segments = list(program_headers(data))
    entries = [
        struct.unpack_from("<qQ", data, at)
        for kind, offset, _, length in segments
        if kind == PT_DYNAMIC
        for at in range(offset, offset + length, 16)
    ]
    (table,) = (value for tag, value in entries if tag == DT_STRTAB) if entries else (0,)
    (base,) = {o - a for kind, o, a, n in segments if kind == PT_LOAD and a <= table < a + n} or {0}
    return [
        (tag, data[table + base + value : data.index(b"\0", table + base + value)].decode())
        for tag, value in entries
        if tag in (DT_NEEDED, DT_RPATH, DT_RUNPATH)
    ]


def unsafe_entries(file: Path) -> list[str]:
    """Return what of a file's dynamic section depends on the current folder."""
    found = []
    for tag, text in dynamic_strings(file.read_bytes()):
        if tag == DT_NEEDED and "/" in text and not text.startswith("/"):
            found.append(f"needs {text!r}")
        elif tag != DT_NEEDED:
            found += [
                f"searches {entry!r}"
                for entry in text.split(":")
                if not entry.startswith("/") and entry.split("/")[0] not in ("$ORIGIN", "${ORIGIN}")
            ]
    return found


def elf_files(folder: Path) -> list[Path]:
    """Return the linked ELF files (programs, libraries, plugins) below a folder."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and is_linked(path)
    ]


def is_linked(path: Path) -> bool:
    """Return whether a file is an ELF program or shared object; object files name no libraries."""
    with path.open("rb") as file:
        head = file.read(18)
    return head[:6] == b"\x7fELF\x02\x01" and struct.unpack("<H", head[16:18])[0] in (2, 3)


@pytest.mark.parametrize("folder", sorted(path.name for path in ROOT.glob("build*") if path.is_dir()))
def test_no_file_of_a_build_searches_the_current_folder(folder: str) -> None:
    files = elf_files(ROOT / folder)
    assert files or not (ROOT / folder / "ptrun").exists()
    assert {file.name: found for file in files if (found := unsafe_entries(file))} == {}


def test_no_installed_file_searches_the_current_folder(tmp_path: Path) -> None:
    subprocess.run(["cmake", "--install", BUILD, "--prefix", tmp_path], check=True, capture_output=True)
    files = elf_files(tmp_path)
    names = {"ptrun", "ptrun-engine-fake.so", "ptrun-engine-torchscript.so"}
    assert {"ptrun"} < {file.name for file in files} <= names
    assert {file.name: found for file in files if (found := unsafe_entries(file))} == {}


@pytest.mark.parametrize(
    ("search", "unsafe"),
    [("/usr/lib:$ORIGIN/x", 0), ("/usr/lib:", 1), (".", 1), ("lib", 1), ("$ORIGINAL", 1)],
)
def test_an_unsafe_entry_is_found(search: str, unsafe: int, tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int a;\n")
    subprocess.run(
        ["cc", "-shared", "-fPIC", "a.c", "-o", "a.so", f"-Wl,-rpath,{search}"], cwd=tmp_path, check=True
    )
    assert len(unsafe_entries(tmp_path / "a.so")) == unsafe


def test_a_planted_library_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "trap.c").write_text(
        "#include <stdio.h>\n"
        '__attribute__((constructor)) static void spring(void) { fclose(fopen("sprung", "w")); }\n'
    )
    subprocess.run(["cc", "-shared", "-fPIC", "trap.c", "-o", "trap.so"], cwd=tmp_path, check=True)
    needed = {
        text
        for file in elf_files(BUILD)
        for tag, text in dynamic_strings(file.read_bytes())
        if tag == DT_NEEDED and "/" not in text
    }
    for name in needed:
        shutil.copy(tmp_path / "trap.so", tmp_path / name)
    samples = str(ROOT / "models" / "digits" / "samples")
    for engine in sorted(BUILD.glob("ptrun-engine-*.so")):
        name = engine.stem.removeprefix("ptrun-engine-")
        done = subprocess.run(
            [PROGRAM, "classify", "--engine", name, MODEL, samples],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert not (tmp_path / "sprung").exists()
