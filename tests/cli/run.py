#!/usr/bin/env python3
"""Run command-line cases: tests/cli/SUITE/CASE.sh with what it must print and how it must end.

Beside CASE.sh lie CASE.exit (the exit code; 0 where there is no file), CASE.stdout and CASE.stderr (the exact
bytes; nothing where there is no file), or CASE.stdout.glob and CASE.stderr.glob, compared line by line: `*`
stands for any characters, a line `...` for any number of lines. A case runs under `bash -eu -o pipefail` in
an empty folder of its own, with

    ptrun               the program under test, first in PATH
    PTRUN_ENGINE_DIR    the folder of its engine plugins
    FILES               pictures and models, good and damaged (make_files.py); not to be written to
    SOURCE              the root of the project

These folders appear in the output as $BUILD, $FILES, $SOURCE and $SCRATCH. A case may exit with 77 to be
skipped, giving the reason on standard error. Whatever it expects, a case fails where anything in it was ended
by a signal, where `ptrun` reports an internal error, and where a sanitizer has something to say.

    tests/cli/run.py build/ptrun                        every case
    tests/cli/run.py build/ptrun help/overview          one
    tests/cli/run.py build/ptrun --filter recipe --record    write down what the cases give now

Python 3.9, standard library only. Exit status: 0 all passed, 1 some failed, 77 the only case was skipped.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import difflib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
SECONDS = 120
SKIPPED = 77
LINES_SHOWN = 40  # of what is wrong with one case
SANITIZER_EXIT = 99
# 128+n is also how `ptrun` itself ends after SIGINT, SIGPIPE and SIGTERM; no other signal is ever expected.
CLEAN_SIGNAL_EXITS = {130, 141, 143}
# What bash reports when a process, wherever it stands in a pipeline, is ended by a signal.
DEATH = re.compile(r"(?:Segmentation fault|Aborted|Bus error|Illegal instruction|Floating point exception)")
INTERNAL = re.compile(r"^ptrun: .*\[internal\]$", re.MULTILINE)


@dataclass
class Outcome:
    """What a case gave."""

    exit_code: int
    stdout: str
    stderr: str
    sanitizer: str = ""
    timed_out: bool = False


@dataclass
class Case:
    """A script with its expectations."""

    script: Path
    problems: list[str] = field(default_factory=list)
    skip_reason: str = ""

    @property
    def name(self) -> str:
        """SUITE/CASE."""
        return f"{self.script.parent.name}/{self.script.stem}"

    def expected(self, kind: str) -> Path:
        """Return the file beside the script that says what is expected of `kind`, there or not."""
        return self.script.with_suffix(f".{kind}")


@dataclass
class Bench:
    """What all cases share."""

    program: Path
    files: Path

    def environment(self, scratch: Path, logs: Path) -> dict[str, str]:
        """Return the environment of a case: the caller's, without what changes messages."""
        drop = {"COLUMNS", "LINES", "NO_COLOR", "TERM", "LANG", "LANGUAGE", "CDPATH", "BASH_ENV", "ENV"}
        kept = {
            key: value
            for key, value in os.environ.items()
            if key not in drop and not key.startswith(("PTRUN", "LC_"))
        }
        sanitizer = f"log_path={logs / 'sanitizer'}:exitcode={SANITIZER_EXIT}"
        return kept | {
            "PATH": f"{logs / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(scratch),
            "XDG_CACHE_HOME": str(logs / "cache"),
            "TERM": "dumb",
            "LC_ALL": "C",
            "PTRUN_ENGINE_DIR": str(self.program.parent),
            "FILES": str(self.files),
            "SOURCE": str(SOURCE),
            "ASAN_OPTIONS": f"{sanitizer}:allocator_may_return_null=1",
            "UBSAN_OPTIONS": f"{sanitizer}:print_stacktrace=1",
            "TSAN_OPTIONS": sanitizer,
        }

    def run(self, case: Case) -> Outcome:
        """Run a case in a folder of its own."""
        with tempfile.TemporaryDirectory(prefix="ptrun-cli-") as base:
            scratch, logs = Path(base, "scratch"), Path(base, "logs")
            Path(base).chmod(0o755)  # cases that drop root's rights must get in
            scratch.mkdir()
            (logs / "bin").mkdir(parents=True)
            (logs / "bin" / "ptrun").symlink_to(self.program)
            outcome = execute(case.script, scratch, self.environment(scratch, logs))
            subprocess.run(["chmod", "-R", "u+rwX", str(scratch)], check=False)
            reports = sorted(logs.glob("sanitizer*"))
            outcome.sanitizer = "".join(path.read_text(errors="replace") for path in reports)
            for path, word in (
                (scratch, "$SCRATCH"),
                (self.files, "$FILES"),
                (self.program.parent, "$BUILD"),
                (SOURCE, "$SOURCE"),
            ):
                outcome.stdout = outcome.stdout.replace(str(path), word)
                outcome.stderr = outcome.stderr.replace(str(path), word)
        return outcome


def execute(script: Path, scratch: Path, environment: dict[str, str]) -> Outcome:
    """Run the script under bash, ending its whole process group when it takes too long."""
    command = ["bash", "-eu", "-o", "pipefail", str(script)]
    process = subprocess.Popen(
        command,
        cwd=scratch,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    timed_out = False
    try:
        stdout, stderr = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        timed_out = True
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
    return Outcome(
        process.returncode,
        stdout.decode(errors="backslashreplace"),
        stderr.decode(errors="backslashreplace"),
        timed_out=timed_out,
    )


def glob_to_regex(text: str) -> re.Pattern[str]:
    """Return the pattern of a .glob file."""
    pattern = ""
    for line in text.splitlines():
        wild = ".*".join(re.escape(part) for part in line.split("*"))
        pattern += r"(?:[^\n]*\n)*" if line == "..." else wild + r"\n"
    return re.compile(pattern)


def differences(case: Case, kind: str, actual: str) -> Iterator[str]:
    """Yield what is wrong with standard output or standard error, as the lines of a diff."""
    glob = case.expected(f"{kind}.glob")
    if glob.exists():
        expected = glob.read_text()
        if glob_to_regex(expected).fullmatch(actual):
            return
    else:
        path = case.expected(kind)
        expected = path.read_text() if path.exists() else ""
        if actual == expected:
            return
    yield from difflib.unified_diff(
        expected.splitlines(), actual.splitlines(), f"expected {kind}", f"actual {kind}", lineterm=""
    )


def verdicts(case: Case, outcome: Outcome) -> Iterator[str]:
    """Yield everything that is wrong with an outcome."""
    yield from faults(outcome)
    exit_file = case.expected("exit")
    wanted = int(exit_file.read_text()) if exit_file.exists() else 0
    if outcome.exit_code != wanted:
        yield f"exit code {outcome.exit_code}, not {wanted}"
    yield from differences(case, "stdout", outcome.stdout)
    yield from differences(case, "stderr", outcome.stderr)


def faults(outcome: Outcome) -> Iterator[str]:
    """Yield what is wrong whatever the case expects."""
    code = outcome.exit_code
    if outcome.timed_out:
        yield f"not done after {SECONDS} s"
    elif code < 0 or (code > 128 and code not in CLEAN_SIGNAL_EXITS):
        yield f"ended by signal {-code if code < 0 else code - 128}"
    if DEATH.search(outcome.stderr):
        yield "a process in it was ended by a signal"
    if INTERNAL.search(outcome.stderr):
        yield "an internal error was reported"
    if outcome.sanitizer:
        yield "a sanitizer reported:"
        yield from outcome.sanitizer.splitlines()[:40]


def record(case: Case, outcome: Outcome) -> None:
    """Write down the outcome as what is expected from now on; .glob files stay as they are."""
    values = {"exit": f"{outcome.exit_code}\n" if outcome.exit_code else ""}
    for kind, text in (("stdout", outcome.stdout), ("stderr", outcome.stderr)):
        if not case.expected(f"{kind}.glob").exists():
            values[kind] = text
    for kind, text in values.items():
        if text:
            case.expected(kind).write_text(text)
        else:
            case.expected(kind).unlink(missing_ok=True)


def judge(bench: Bench, case: Case, recording: bool) -> Case:
    """Run a case and fill in what is wrong with it."""
    outcome = bench.run(case)
    if outcome.exit_code == SKIPPED:
        case.skip_reason = outcome.stderr.strip() or "no reason given"
    elif recording:
        case.problems = list(faults(outcome))
        if not case.problems:
            record(case, outcome)
    else:
        case.problems = list(verdicts(case, outcome))
    return case


def find_cases(names: list[str], part: str) -> list[Case]:
    """Return the cases of those names (all, where none is named) whose name holds `part`."""
    scripts = [HERE / f"{name}.sh" for name in names] if names else sorted(HERE.glob("*/*.sh"))
    missing = [str(script) for script in scripts if not script.exists()]
    if missing:
        sys.exit(f"run.py: no such case: {', '.join(missing)}")
    return [case for case in map(Case, scripts) if part in case.name]


def make_files(folder: Path) -> None:
    """Make the pictures and models that the cases work on."""
    subprocess.run([sys.executable, str(HERE / "make_files.py"), str(folder)], check=True)


def report(case: Case) -> None:
    """Print one line for a case that failed or was skipped, and why."""
    if case.skip_reason:
        print(f"skipped {case.name}: {case.skip_reason}")
    if case.problems:
        print(f"FAILED  {case.name}")
        print("\n".join(f"    {line}" for line in case.problems[:LINES_SHOWN]))


def main() -> int:
    """Run the cases that the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("program", type=Path, help="the program under test")
    parser.add_argument("cases", nargs="*", metavar="SUITE/CASE", help="what to run (default: all)")
    parser.add_argument("--filter", default="", metavar="TEXT", help="only cases whose name holds TEXT")
    parser.add_argument("--files", type=Path, help="what make_files.py has made (default: made anew)")
    parser.add_argument("--record", action="store_true", help="expect from now on what the cases give")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cases at a time")
    arguments = parser.parse_intermixed_args()
    if not os.access(arguments.program, os.X_OK):
        parser.error(f"{arguments.program}: no program")
    with tempfile.TemporaryDirectory(prefix="ptrun-cli-files-") as made:
        files = arguments.files or Path(made)
        if not arguments.files:
            Path(made).chmod(0o755)
            make_files(files)
        bench = Bench(arguments.program.resolve(), files.resolve())
        cases = find_cases(arguments.cases, arguments.filter)
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            done = list(pool.map(lambda case: judge(bench, case, arguments.record), cases))
    for case in done:
        report(case)
    failed = sum(bool(case.problems) for case in done)
    skipped = sum(bool(case.skip_reason) for case in done)
    print(f"{len(done) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    if not done or failed:
        return 1
    return SKIPPED if skipped == len(done) else 0


if __name__ == "__main__":
    sys.exit(main())
