#!/usr/bin/env bash
# Everything that a fresh machine needs, then the main job: the bundled model classifies the sample pictures.
# The records (JSON Lines) go to standard output, all else to standard error. Then the model is evaluated on its test
# split: build/digits-test.json has the figures, build/digits-test.html shows them.
#
# usage: scripts/demo.sh [OPTION of `ptrun classify`]...
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
status=0
build/ptrun classify "$@" models/digits/digits.pt models/digits/samples/* || status=$?
.venv/bin/python scripts/make_digits.py test build/digits-test >&2
build/ptrun eval models/digits/digits.pt build/digits-test --report build/digits-test.html > build/digits-test.json
echo 'the page about it: build/digits-test.html' >&2
exit "$status"
