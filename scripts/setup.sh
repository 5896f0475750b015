#!/usr/bin/env bash
# Everything that a fresh machine needs, then the build: system packages, the Python environment .venv/,
# build/ptrun. Safe to run again: what is done already is skipped. All messages go to standard error.
#
# usage: scripts/setup.sh
#
# environment
#   Torch_DIR, CMAKE_PREFIX_PATH, LIBTORCH   an existing LibTorch to build against, instead of .venv's
#   PYTHON                                   the Python (3.11 or later) that .venv is made with [python3]
#   PTRUN_TORCH_INDEX                        the index of PyTorch's CPU wheels, tried before the ordinary one
set -euo pipefail
cd "$(dirname "$0")/.."
exec 1>&2

PYTHON=${PYTHON:-python3}
PTRUN_TORCH_INDEX=${PTRUN_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}

say() { printf 'setup: %s\n' "$*"; }
die() { say "$*"; exit 1; }

# One line a package: its Debian name, then the command that proves that it is there whoever installed it.
required_packages() {
  cat <<'PACKAGES'
cmake               command -v cmake
ninja-build         command -v ninja
gcc                 command -v cc
g++                 command -v c++
pkg-config          command -v pkg-config
python3             command -v "$PYTHON"
python3-venv        "$PYTHON" -c 'import ensurepip, venv'
libcjson-dev        pkg-config --exists libcjson
libjpeg62-turbo-dev pkg-config --exists libjpeg
libwebp-dev         pkg-config --exists libwebp libwebpdemux
zlib1g-dev          pkg-config --exists zlib
nettle-dev          pkg-config --exists nettle
PACKAGES
}

installed_by_dpkg() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null)" = installed ]; }

missing_packages() {
  local package probe
  while read -r package probe; do
    installed_by_dpkg "$package" || eval "$probe" > /dev/null 2>&1 || printf '%s ' "$package"
  done < <(required_packages)
}

install_packages() {
  local missing sudo=
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || sudo=sudo
  if ! command -v apt-get > /dev/null || { [ -n "$sudo" ] && ! command -v sudo > /dev/null; }; then
    say "these system packages (Debian's names) are missing, and only an administrator can install them:"
    say "  $missing"
    exit 1
  fi
  say "installing the missing system packages: $missing"
  $sudo apt-get update -q
  # shellcheck disable=SC2086  # one word a package
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
}

# What the environment was made from: the same text again means that nothing is to be done.
environment_stamp() { "$PYTHON" -VV; sha256sum < scripts/requirements.txt; }

python_environment() {
  local stamp=.venv/ptrun-stamp
  [ "$(cat "$stamp" 2> /dev/null)" != "$(environment_stamp)" ] || return 0
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "Python 3.11 or later is needed: set PYTHON"
  say "making the Python environment .venv (about 350 MB of packages, PyTorch first)"
  if [ "$(.venv/bin/python -VV 2> /dev/null)" = "$("$PYTHON" -VV)" ]; then
    "$PYTHON" -m venv .venv
  else
    "$PYTHON" -m venv --clear .venv
  fi
  install_torch
  pip install -q --no-deps --no-compile -r scripts/requirements.txt
  environment_stamp > "$stamp"
}

# Bytecode is compiled where it is first used: most of it never is.
pip() { .venv/bin/python -m pip --disable-pip-version-check "$@"; }

# A CPU build of PyTorch first: from where pip is configured to look, then from PyTorch's own index if that
# answers within seconds; else what the ordinary index has.
install_torch() {
  local torch
  torch=$(grep '^torch==' scripts/requirements.txt)
  if grep -qE "^${torch}(\+.*)?\$" <<< "$(.venv/bin/python -m pip freeze)"; then return 0; fi
  if pip install --no-deps --no-compile "$torch+cpu" 2> /dev/null; then return 0; fi
  if index_answers "${torch#torch==}+cpu" &&
    pip install --no-deps --no-compile --index-url "$PTRUN_TORCH_INDEX" "$torch+cpu"; then return 0; fi
  say "no CPU build of PyTorch is to be had here: taking the ordinary one, which may be some gigabytes"
  pip install "$torch"
}

index_answers() { # VERSION
  local answer
  answer=$(timeout 20 .venv/bin/python -m pip --timeout 5 --retries 0 index versions torch \
    --index-url "$PTRUN_TORCH_INDEX" 2> /dev/null) && [[ $answer == *"$1"* ]]
}

build() {
  mkdir -p build
  cmake --preset release > build/configure.log || { cat build/configure.log; die "CMake cannot configure the build"; }
  cmake --build --preset release
}

install_packages
python_environment
build
say "ready: build/ptrun"
