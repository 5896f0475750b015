# --optimize auto tries everything and says why; a name is prepared; what cannot be is an error.
shape() { python3 "$SOURCE/tests/cli/bench/shape.py"; }
export PTRUN_FAKE=variants
try() {
    ptrun bench "$FILES/model.pt" "$FILES/photo.png" --engine fake --format json -q --measure forward --iterations 2 \
        --warm-up 1 -b 2 --threads 1 "$@" > out.json 2> err.txt || echo "exit $?"
    sed 's/there are: .*/there are: …/; s/signal [0-9]*/signal N/' err.txt
    [ ! -s out.json ] || shape < out.json | sed 's/there are: .*/there are: …/'
}
name() { python3 -c 'import json; print(*(c["preparation"] for c in json.load(open("out.json"))["configurations"]))'; }
for variant in off fast near; do
    try --optimize $variant
    name
done
try --optimize broken
try --optimize late
try --optimize nosuch
try --optimize crash
