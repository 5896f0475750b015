# Every example of every help text does what it says. The fake engine stands in for LibTorch.
mkdir bin photos
cp "$(readlink -f "$(command -v ptrun)")" bin/ptrun
cp "$PTRUN_ENGINE_DIR/ptrun-engine-fake.so" bin/ptrun-engine-torchscript.so
PATH=$PWD/bin:$PATH
cp "$FILES/model.pt" .
cp "$FILES/photo.jpg" cat.jpg
cp "$FILES/photo.png" "$FILES/photo.gif" "$FILES/photo.bmp" photos/
ptrun help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p' | while read -r command; do
    ptrun help "$command" | sed -n 's/^    \$ //p'
done > examples.txt
ptrun help | sed -n 's/^    \$ //p' >> examples.txt
while read -r line; do
    bash -eu -o pipefail -c "$line" > out.txt 2> err.txt < /dev/null || {
        echo "$line: exit $?"
        cat err.txt
    }
done < examples.txt
test "$(grep -c . examples.txt)" -ge 12
