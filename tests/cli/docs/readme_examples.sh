# Every command line of the README does what it says. The fake engine stands in for LibTorch.
mkdir build tmp
cp "$(readlink -f "$(command -v ptrun)")" build/ptrun
cp "$PTRUN_ENGINE_DIR/ptrun-engine-fake.so" build/ptrun-engine-torchscript.so
ln -s "$SOURCE/models" models
sed -n '/^```sh/,/^```/p' "$SOURCE/README.md" | grep '^build/ptrun' | sed "s,/tmp/,tmp/," > examples.txt
while read -r line; do
    case $line in *'ptrun bench '*) line="$line --iterations 3 --warm-up 1" ;; esac # what it does, not how long
    bash -eu -o pipefail -c "$line" > out.txt 2> err.txt < /dev/null || {
        code=$?
        # The fake engine answers otherwise than Python did; tests/parity/test_verify.py runs these with LibTorch.
        case $line in *'ptrun verify '*) test $code = 2 || continue ;; esac
        echo "$line: exit $code"
        cat err.txt
    }
    test -s out.txt || test -s tmp/tensor.npy
done < examples.txt
test "$(grep -c . examples.txt)" -ge 5
