#!/usr/bin/env python3
"""How time and memory grow with the number of images.

usage: .venv/bin/python scripts/bench_growth.py [--rounds N] [--counts N…]

`ptrun classify` with the fake engine over small JPEGs (64 x 48), which leaves what every image costs
whatever the model: names, files, batches, records. The inputs are the same few files listed again and again,
the same names through a pipe, and a real tree of hard links (folders of 1,000), the last with records in a
file, its manifest and a report, too.

Printed for each: processor time and wall time for one image in microseconds, and the largest resident size,
as medians. Flat means: the same in every column.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench_folder import make_photographs
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "models" / "digits" / "digits.pt"
KINDS = ("list", "pipe", "folder", "folder, file and report")
FILES, IN_A_FOLDER = 100, 1000


def small_files(folder: Path) -> list[Path]:
    """Return small JPEGs."""
    paths = make_photographs(folder, FILES)
    for path in paths:
        with Image.open(path) as image:
            small = image.resize((64, 48))
        small.save(path, quality=85)
    return paths


def linked(files: list[Path], folder: Path, count: int) -> Path:
    """Return a folder that holds `count` links to the files, in folders of their own."""
    for number in range(count):
        part = folder / f"{number // IN_A_FOLDER:03}"
        if number % IN_A_FOLDER == 0:
            part.mkdir(parents=True)
        (part / f"photograph-{number:06}.jpg").hardlink_to(files[number % len(files)])
    return folder


def commands(program: Path, scratch: Path, count: int) -> Iterator[tuple[str, list[str], Path | None]]:
    """Give for each kind the command and the file that is piped into it."""
    words = [str(program), "classify", str(MODEL), "--engine", "fake"]
    names, folder = scratch / f"names-{count}", str(scratch / f"tree-{count}")
    to_file = ["-o", str(scratch / "out.jsonl"), "--overwrite", "--report", str(scratch / "out.html")]
    yield KINDS[0], [*words, "--files-from", str(names)], None
    yield KINDS[1], [*words, "--files-from", "-"], names
    yield KINDS[2], [*words, folder], None
    yield KINDS[3], [*words, folder, *to_file], None


def resident(pid: int) -> float:
    """Return the largest resident size so far in MB; 0 where the process has ended."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0


def measure(command: list[str], piped: Path | None) -> tuple[float, float, float]:
    """Run a command; return seconds of processor time, of wall time, and the largest resident size in MB."""
    begun = time.perf_counter()
    source = subprocess.Popen(["cat", str(piped)], stdout=subprocess.PIPE) if piped else None
    process = subprocess.Popen(
        command,
        stdin=source.stdout if source else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    size = 0.0  # what wait4() says would be at least the size of this Python, which was there before exec
    ended = 0
    while not ended:
        size = max(size, resident(process.pid))
        time.sleep(0.005)
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"exit code {process.returncode}: {' '.join(command)}")
    if source:
        source.communicate()
    return used.ru_utime + used.ru_stime, wall, size


def main() -> None:
    """Make the inputs, let all kinds and numbers take turns, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="turns of each")
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 10000, 100000], help="images")
    parser.add_argument("--ptrun", type=Path, default=ROOT / "build" / "ptrun", help="the program")
    options = parser.parse_args()
    results: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    with tempfile.TemporaryDirectory() as place:
        scratch = Path(place)
        (scratch / "files").mkdir()
        files = small_files(scratch / "files")
        for count in options.counts:
            names = "".join(f"{files[number % len(files)]}\n" for number in range(count))
            (scratch / f"names-{count}").write_text(names)
            linked(files, scratch / f"tree-{count}", count)
        for _ in range(options.rounds):
            for count in options.counts:
                for kind, command, piped in commands(options.ptrun, scratch, count):
                    results.setdefault((kind, count), []).append(measure(command, piped))
    print("processor us, wall us an image, MB   " + "".join(f"{count:>24,}" for count in options.counts))
    for kind in KINDS:
        line = f"{kind:37}"
        for count in options.counts:
            processor, wall, size = (
                statistics.median(some) for some in zip(*results[kind, count], strict=True)
            )
            line += f"{processor / count * 1e6:9.1f} {wall / count * 1e6:7.1f} {size:6.1f}"
        print(line)


if __name__ == "__main__":
    main()
