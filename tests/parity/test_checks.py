"""The checks of style and layers find what they are for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import check_style
import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def layers(root: Path) -> tuple[int, str]:
    """Run check_layers on a tree; return its exit status and what it prints."""
    done = subprocess.run(
        [sys.executable, SCRIPTS / "check_layers.py", root], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def write(root: Path, name: str, text: str) -> None:
    """Write a file below `root`."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_tree_that_keeps_the_layers(tmp_path: Path) -> None:
    write(tmp_path, "src/prep/a.c", '#include "prep/a.h"\n#include "base/mem.h"\n#include <math.h>\n')
    write(tmp_path, "src/json/json.c", "#include <cjson/cJSON.h>\n")
    write(tmp_path, "src/cli/a.c", 'int f(void)\n{\n    return printf("x");\n}\n')
    write(
        tmp_path,
        "shim/torchscript/a.cpp",
        '#include "b.h"\n#include "ptrun/engine.h"\n#include <torch/x.h>\n',
    )
    assert layers(tmp_path) == (0, "")


@pytest.mark.parametrize(
    ("file", "line", "words"),
    [
        ("src/prep/a.c", '#include "engine/engine.h"', "prep does not stand on engine"),
        ("src/base/a.c", '#include "cli/cli.h"', "base does not stand on cli"),
        ("src/model/a.c", '#include "shim/fake/fake.h"', "model does not stand on shim/fake"),
        ("src/image/a.c", '#include "image.h"', "write the path from src/"),
        ("src/image/a.c", "#include <cjson/cJSON.h>", "only src/json/.* may include it"),
        ("src/image/a.c", "#include <ptrun/tensor.h>", "our own headers"),
        ("src/image/a.c", "#include <png.h>", "neither a system header"),
        ("src/attic/a.c", "", "no level"),
        ("include/ptrun/a.h", '#include "base/mem.h"', "include does not stand on base"),
        ("shim/torchscript/a.cpp", '#include "base/mem.h"', "does not stand on base"),
        ("src/pipeline/a.c", "void f(void) { exit(1); }", "exit()"),
    ],
)
def test_a_broken_layer_is_named_with_its_line(file: str, line: str, words: str, tmp_path: Path) -> None:
    write(tmp_path, file, f"/* printf( in a comment */\n{line}\n" if line else "")
    status, said = layers(tmp_path)
    assert status == 1
    assert said.startswith(f"{file}:{2 if line else 1}: ")
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.c", "int a;\tint b;\n", "tab"),
        ("a.c", "int a; \n", "blank at the end"),
        ("a.c", "int a;\r\n", "blank at the end"),
        ("a.c", "int a;", "no newline"),
        ("a.c", "int a;\n\n", "blank line at the end"),
        ("a.md", "a\u200bb\n", "U+200B"),
        ("a.md", "a\u00a0b\n", "U+00A0"),
        ("a.md", "\ufeffa\n", "U+FEFF"),
        ("a.c", "    strcpy(a, b);\n", "strcpy() is banned"),
        ("a.c", "    x = atoi (y);\n", "atoi() is banned"),
        ("a.md", "see https://" + "py" + "pi.org/project\n", "package registry"),
    ],
)
def test_style_finds(name: str, text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    found = [what for _, what in check_style.problems(path)]
    assert any(words in what for what in found), found


def test_style_passes_what_is_right(tmp_path: Path) -> None:
    path = tmp_path / "a.c"
    path.write_text('/* strcpy( is named here … */\nint f(void)\n{\n    return my_strcpy("atoi(");\n}\n')
    assert not list(check_style.problems(path))
