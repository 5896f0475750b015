#!/usr/bin/env bash
# The whole test suite with its full counts (thousands of damaged files, every interruption): this takes long.
#
# usage: scripts/acceptance.sh
set -euo pipefail
PTRUN_ACCEPTANCE=1 exec "$(dirname "$0")/test.sh" "$@"
