#!/usr/bin/env python3
"""Check every text file of the project for what no reviewer should have to look for.

Tabs, blanks at line ends, carriage returns, a missing or doubled final newline, characters that cannot be
seen, C functions that are banned, names of package registries. (Layout is clang-format's and ruff's.)

    scripts/check_style.py [FILE...]    prints FILE:LINE: what is wrong; exit status 1 where there is any
"""

import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

BINARY = {".pt", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".npy", ".npz", ".gz", ".zip", ".bin"}
C_SUFFIXES = {".c", ".h", ".cpp", ".hpp"}

BANNED_CALL = re.compile(r"\b(sprintf|vsprintf|strcpy|strcat|gets|strtok|atoi|atol|atof|setlocale)\s*\(")
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)
# Hosts of package registries, spelt so that this file passes its own check.
REGISTRY_HOST = re.compile(
    r"\b(?:[a-z-]+\.)*(?:pypi|pythonhosted|npmjs)\.org|\b(?:deb|security|archive)\.(?:debian|ubuntu)\."
)


def text_files() -> list[Path]:
    """Return the files of the project: those that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    paths = (ROOT / name for name in listed.split("\0") if name)
    return [path for path in paths if path.suffix.lower() not in BINARY and path.is_file()]


def problems(path: Path) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with a file, as line number (from 1) and words."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        yield 1, f"not UTF-8 (byte {error.start})"
        return
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no newline at the end of the file"
    if text.endswith("\n\n"):
        yield text.count("\n"), "blank line at the end of the file"
    for number, line in enumerate(text.split("\n"), 1):
        yield from ((number, what) for what in line_problems(path, line))
    if path.suffix in C_SUFFIXES:
        yield from banned_calls(text)


def line_problems(path: Path, line: str) -> Iterator[str]:
    """Yield what is wrong with one line."""
    if "\t" in line and path.name != "Makefile":
        yield "tab"
    if line != line.rstrip():
        yield "blank at the end of the line"
    for character in line:
        if character not in "\t " and is_invisible(character):
            yield f"invisible character U+{ord(character):04X}"
    if REGISTRY_HOST.search(line):
        yield "host name of a package registry"


def is_invisible(character: str) -> bool:
    """Tell whether a reader would not see the character, or see it as an ordinary blank."""
    return unicodedata.category(character) in {"Cc", "Cf", "Co", "Cn", "Zs", "Zl", "Zp"}


def banned_calls(text: str) -> Iterator[tuple[int, str]]:
    """Yield the calls of banned functions in C code."""
    code = COMMENT_OR_STRING.sub(lambda match: "\n" * match.group().count("\n"), text)
    for number, line in enumerate(code.split("\n"), 1):
        for match in BANNED_CALL.finditer(line):
            yield number, f"{match.group(1)}() is banned: see CONTRIBUTING.md"


def main() -> int:
    """Check the named files, or all; return the exit status."""
    files = [Path(name).resolve() for name in sys.argv[1:]] or text_files()
    found = 0
    for path in files:
        for number, what in problems(path):
            name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
            print(f"{name}:{number}: {what}")
            found += 1
    print(f"check_style: {len(files)} files, {found} problems", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
