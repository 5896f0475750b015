#!/usr/bin/env python3
"""Check that dependencies between the folders of the C code point downwards, from the #include lines.

A file includes its own folder and those below it (BELOW). Each third-party library belongs to one place
(LIBRARIES). Below cli/, nothing prints or ends the process. docs/architecture.md has the picture.

    scripts/check_layers.py [ROOT]    prints FILE:LINE: what is wrong; exit status 1 where there is any
"""

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

# What each room stands on; what that stands on is included. This is the one list of levels, highest first.
BELOW: dict[str, set[str]] = {
    "main": {"cli"},
    "cli": {"verify", "bench", "eval", "report", "serve", "pipeline", "output"},
    "verify": {"pipeline", "output"},
    "bench": {"pipeline", "output"},
    "eval": {"pipeline", "output"},
    "report": {"eval", "pipeline", "output"},
    "serve": {"pipeline", "output"},
    "pipeline": {"source", "image", "prep", "model", "engine", "result"},
    "model": {"prep", "json"},
    "prep": {"image"},
    "output": {"result", "json"},
    "image": {"base"},
    "source": {"base"},
    "engine": {"base"},
    "result": {"base"},
    "json": {"base"},
    "base": {"include"},
    "shim/torchscript": {"include"},
    "shim/fake": {"include"},
    "include": set(),
}

# Third-party headers: each pattern with the only files that may include it.
LIBRARIES: dict[str, str] = {
    r"cjson/.*": r"src/json/.*",
    r"jpeglib\.h|jerror\.h": r"src/image/(de|en)code_jpeg\.c",
    r"webp/.*": r"src/image/decode_webp\.c",
    r"zlib\.h": r"src/base/hash\.c|src/(image|model)/[a-z_]*\.c",
    r"nettle/.*": r"src/base/hash\.c",
    r"(torch|ATen|c10|caffe2)/.*": r"shim/torchscript/.*",
}

# Headers of C11, POSIX and Linux that are in use; those of C++ have no dot.
SYSTEM = re.compile(
    r"""(?: arm_neon | assert | ctype | dirent | dlfcn | errno | execinfo | fcntl | float | fnmatch | getopt
    | glob | immintrin | inttypes | langinfo | limits | link | locale | malloc | math | poll | pthread | sched
    | semaphore | setjmp | signal | stdalign | stdarg | stdatomic | stdbool | stddef | stdint | stdio | stdlib
    | stdnoreturn | string | strings | termios | threads | time | ucontext | unistd | wchar | wctype
    | sys/(?: auxv | ioctl | mman | prctl | resource | socket | stat | syscall | sysinfo | time | types | uio
    | un | utsname | wait)) \.h | [a-z_]+""",
    re.VERBOSE,
)

# Rooms that may print and end the process; the fake engine crashes on request.
MAY_BE_LOUD = {"main", "cli", "shim/fake"}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')
LOUD_CALL = re.compile(r"(?<![\w.>])(printf|fprintf|vfprintf|puts|putchar|perror|exit|abort)\s*\(")
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)


@cache
def allowed(room: str) -> frozenset[str]:
    """Return the rooms that a file of `room` may include: its own and all below."""
    return frozenset({room}).union(*(allowed(lower) for lower in BELOW[room]))


def room_of(path: PurePosixPath) -> str | None:
    """Return the room of a source file, or of an #include "path", or None where there is no such room."""
    parts = path.parts
    if parts[0] == "ptrun" or parts[:2] == ("include", "ptrun"):
        return "include"
    if parts[0] == "shim":
        name = "/".join(parts[:2])
    elif parts == ("src", "main.c"):
        name = "main"
    else:
        name = parts[1] if parts[0] == "src" else parts[0]
    return name if name in BELOW else None


def problems(root: Path, path: PurePosixPath) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with one source file, as line number (from 1) and words."""
    room = room_of(path)
    if room is None:
        yield 1, "this folder has no level in BELOW"
        return
    text = (root / path).read_text()
    for number, line in enumerate(text.split("\n"), 1):
        match = INCLUDE.match(line)
        if match and match[2]:
            yield from ((number, what) for what in own_problems(path, room, match[2]))
        elif match:
            yield from ((number, what) for what in library_problems(path, match[1]))
    if room not in MAY_BE_LOUD:
        yield from loud_calls(text)


def own_problems(path: PurePosixPath, room: str, header: str) -> Iterator[str]:
    """Yield what is wrong with #include "header"."""
    target = room_of(PurePosixPath(header)) if "/" in header else room
    if "/" not in header and path.parts[0] != "shim":
        yield f'"{header}": write the path from src/, "{room}/{header}"'
    elif target is None:
        yield f'"{header}": no such room'
    elif target not in allowed(room):
        yield f'"{header}": {room} does not stand on {target}'


def library_problems(path: PurePosixPath, header: str) -> Iterator[str]:
    """Yield what is wrong with #include <header>."""
    for pattern, place in LIBRARIES.items():
        if re.fullmatch(pattern, header):
            if not re.fullmatch(place, str(path)):
                yield f"<{header}>: only {place} may include it"
            return
    if header.startswith("ptrun/"):
        yield f'<{header}>: our own headers are included with "…"'
    elif not SYSTEM.fullmatch(header):
        yield f"<{header}>: neither a system header nor one of LIBRARIES"


def loud_calls(text: str) -> Iterator[tuple[int, str]]:
    """Yield the calls that print or end the process."""
    code = COMMENT_OR_STRING.sub(lambda match: "\n" * match.group().count("\n"), text)
    for number, line in enumerate(code.split("\n"), 1):
        for match in LOUD_CALL.finditer(line):
            yield number, f"{match[1]}(): nothing below cli/ prints or ends the process"


def main() -> int:
    """Check all C and C++ files; return the exit status."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    files = sorted(
        PurePosixPath(path.relative_to(root))
        for folder in ("include", "src", "shim")
        for path in (root / folder).rglob("*")
        if path.suffix in {".c", ".h", ".cpp", ".hpp"}
    )
    found = 0
    for file in files:
        for number, what in problems(root, file):
            print(f"{file}:{number}: {what}")
            found += 1
    if not files:
        print(f"check_layers: no source files below {root}")
    print(f"check_layers: {len(files)} files, {found} problems", file=sys.stderr)
    return 0 if files and not found else 1


if __name__ == "__main__":
    sys.exit(main())
