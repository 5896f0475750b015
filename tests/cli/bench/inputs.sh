# Inputs that fail are named and counted; the others are measured.
shape() { python3 "$SOURCE/tests/cli/bench/shape.py"; }
mkdir folder
cp "$FILES/photo.png" "$FILES/photo.gif" "$FILES/photo.bmp" "$FILES/empty.jpg" folder
bench() { ptrun bench "$FILES/model.pt" --engine fake --format json -q --iterations 2 --warm-up 1 -b 2 --threads 1 "$@"; }
try() {
    bench "$@" > out.json || echo "exit $?"
    [ ! -s out.json ] || shape < out.json
}
try folder none.png
try folder --limit 2
try --files-from <(printf 'folder/photo.png\nfolder/none.png\n')
true > empty.txt
try --files-from empty.txt
try none.png folder/empty.jpg
mkdir hollow
try hollow
cp "$FILES/photo.png" ./-
printf -- '-\n' | try --files-from -
