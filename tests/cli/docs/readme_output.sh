# The record that the README shows is what LibTorch and the bundled model give, to three digits of the score.
[ -e "$PTRUN_ENGINE_DIR/ptrun-engine-torchscript.so" ] || {
    echo 'this build has no LibTorch engine' >&2
    exit 77
}
ln -s "$SOURCE/models" models
short() { sed 's/\("score":[0-9]*\.[0-9]\{3\}\)[0-9]*/\1/g'; }
line=$(sed -n 's/^\$ \(ptrun classify .*\)/\1/p' "$SOURCE/README.md" | head -n 1)
grep '^{"path":' "$SOURCE/README.md" | head -n 1 | short > expected.txt
bash -c "$line -q" | short | diff expected.txt -
