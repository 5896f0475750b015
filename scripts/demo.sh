#!/usr/bin/env bash
# Everything that a fresh machine needs, then the main job: the bundled model classifies the sample pictures.
# The records (JSON Lines) go to standard output, all else to standard error.
#
# usage: scripts/demo.sh [OPTION of `ptrun classify`]...
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
exec build/ptrun classify "$@" models/digits/digits.pt models/digits/samples/*
