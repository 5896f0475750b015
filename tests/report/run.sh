#!/usr/bin/env bash
# The report's page in headless Chromium: tests/report/run.sh PROGRAM [FOLDER for screenshots]
#
# Makes reports of pictures and labels with hostile names, then lets check.mjs look at them. Needs node, Chromium
# (CHROMIUM names it) and the packages of package.json (npm install in this folder, or PTRUN_NODE_MODULES names the
# folder that holds node_modules). Exit status 77, with the reason, where one of them is not there.
set -euo pipefail
program=$(realpath "$1")
shots=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
modules=${PTRUN_NODE_MODULES:-$here}
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}

skip() { echo "skipped: $*" >&2; exit 77; }
command -v node > /dev/null || skip 'no node'
[ -n "$chromium" ] || skip 'no Chromium (apt-get install chromium)'
[ -d "$modules/node_modules/playwright-core" ] && [ -d "$modules/node_modules/axe-core" ] ||
  skip "no playwright-core and axe-core (npm install in $here)"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export PTRUN_ENGINE_DIR=${PTRUN_ENGINE_DIR:-$(dirname "$program")}

# Twenty digits in the folders of their classes; some with names that no page may take literally.
i=0
for file in "$source"/models/digits/samples/*; do
  name=$(basename "$file")
  mkdir -p "data/${name%%-*}"
  case $i in
    3) name='<script>alert(1)<script>.png' ;;
    5) name='"onerror="alert(1)".png' ;;
    7) name=$'line\nbreak.png' ;;
    9) name=$'\u202egnp.exe.png' ;;
    11) name=$'bad\xff bytes.png' ;;
  esac
  cp "$file" "data/$(basename "$file" | cut -c1)/$name"
  i=$((i + 1))
done
printf 'not an image' > data/0/text.jpg
printf '%s\n' '<b>zero</b>' 'one"' "two'" 'three & more' $'four \u202eruof' five six seven eight nine > labels.txt

ptrun() { "$program" "$@" -q > /dev/null || [ $? = 1 ]; }
model=$source/models/digits/digits.pt
ptrun eval "$model" data --engine fake --labels labels.txt --report eval.html --records records.jsonl
ptrun classify "$model" data --engine fake --labels labels.txt --report classify.html
ptrun classify "$model" data --engine fake --labels labels.txt --activation sigmoid -o other.jsonl
sed -i 's/"index":6,/"index":4,/' other.jsonl # so that there is something to disagree about
ptrun compare records.jsonl other.jsonl --report compare.html
NODE_PATH=$modules/node_modules node "$here/check.mjs" "$modules/node_modules" "$chromium" "$scratch" "$shots" eval classify compare
