#!/usr/bin/env bash
# Everything that a fresh machine needs, then the whole test suite. The last line counts:
# `N passed, N failed, N skipped`; the exit status is 0 only where nothing failed.
#
# usage: scripts/test.sh
#
# environment
#   PTRUN_ACCEPTANCE=1   full counts instead of the quick ones (scripts/acceptance.sh)
set -uo pipefail
cd "$(dirname "$0")/.." || exit

reports=build/test-reports # one JUnit file a suite
passed=0 failed=0 skipped=0

heading() { printf '\n== %s\n' "$*"; }

# check NAME COMMAND...: one test; its output is shown only where it fails, which is also the exit status.
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    printf 'ok      %s\n' "$name"
  else
    failed=$((failed + 1))
    printf '%s\nFAILED  %s (%s)\n' "$output" "$name" "$*"
    return 1
  fi
}

# suite NAME COMMAND...: many tests, counted from the JUnit file that the command writes to $reports/NAME.xml.
suite() {
  local name=$1 status=0 p=0 f=0 s=0
  shift
  "$@" || status=$?
  read -r p f s < <(count_junit "$reports/$name.xml")
  if [ "$status" != 0 ] && [ "$f" = 0 ]; then
    printf 'FAILED  %s ended with status %s (%s)\n' "$name" "$status" "$*"
    f=1
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# Prints "passed failed skipped"; a report that is missing or empty is a failure.
count_junit() {
  .venv/bin/python - "$1" <<'PYTHON' || echo 0 1 0
import sys, xml.etree.ElementTree as tree
suites = list(tree.parse(sys.argv[1]).iter("testsuite"))
total, failed, errors, skipped, disabled = (
    sum(int(suite.get(key, 0)) for suite in suites)
    for key in ("tests", "failures", "errors", "skipped", "disabled")
)
if total == 0:
    sys.exit(f"no test ran: {sys.argv[1]}")
bad, skipped = failed + errors, skipped + disabled
print(total - bad - skipped, bad, skipped)
PYTHON
}

build_preset() { cmake --preset "$1" && cmake --build --preset "$1"; }

run_ctest() { # NAME BUILD-FOLDER [ctest option...]
  local name=$1 folder=$2
  shift 2
  suite "$name" ctest --test-dir "$folder" --parallel "$(nproc)" --timeout 600 --output-on-failure \
    --no-tests=error --output-junit "$PWD/$reports/$name.xml" "$@"
}

scripts/setup.sh || { echo 'test: the set-up failed' >&2; exit 1; }
rm -rf "$reports"
mkdir -p "$reports"

heading 'style, layers, types'
check 'style of every file' .venv/bin/python scripts/check_style.py
check 'layers of the C code' .venv/bin/python scripts/check_layers.py
check 'Python style' .venv/bin/ruff check scripts tests
check 'Python format' .venv/bin/ruff format --check scripts tests
check 'Python types' .venv/bin/mypy

heading 'C code, release build'
run_ctest release build

heading 'C code, address and undefined-behaviour sanitizers'
check 'build with -Werror and sanitizers' build_preset asan && run_ctest asan build-asan

heading 'C code, thread sanitizer'
check 'build with the thread sanitizer' build_preset tsan && run_ctest tsan build-tsan --label-regex unit

heading 'against Python, and under stress'
suite python .venv/bin/python -m pytest tests --durations 5 --junitxml "$reports/python.xml"

heading 'result'
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
