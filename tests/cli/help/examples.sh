# Every example of every help text does what it says. The fake engine stands in for LibTorch.
mkdir -p bin photos test/six
cp "$(readlink -f "$(command -v ptrun)")" bin/ptrun
cp "$PTRUN_ENGINE_DIR/ptrun-engine-fake.so" bin/ptrun-engine-torchscript.so
PATH=$PWD/bin:$PATH
cp "$FILES/model.pt" .
cp "$FILES/photo.jpg" cat.jpg
cp "$FILES/photo.png" "$FILES/photo.gif" "$FILES/photo.bmp" photos/
cp photos/* test/six/ # what the fake engine sees in them
printf 'path,class\nphoto.png,six\nphoto.gif,six\nphoto.bmp,six\n' > classes.csv
ptrun help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p' | while read -r command; do
    ptrun help "$command" | sed -n 's/^    \$ //p'
done > examples.txt
ptrun help | sed -n 's/^    \$ //p' >> examples.txt
ptrun classify model.pt photos -q -o a.jsonl
cp a.jsonl b.jsonl
while read -r line; do
    case $line in *'ptrun bench '*) line="$line --iterations 3 --warm-up 1" ;; esac # what it does, not how long
    bash -eu -o pipefail -c "$line" > out.txt 2> err.txt < /dev/null || {
        code=$?
        # The fake engine answers otherwise than Python did; tests/parity/test_verify.py runs these with LibTorch.
        case $line in *'ptrun verify '*) test $code = 2 || continue ;; esac
        echo "$line: exit $code"
        cat err.txt
    }
done < examples.txt
test "$(grep -c . examples.txt)" -ge 12
