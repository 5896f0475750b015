# The document has the shape that docs/bench.md promises, whatever is measured, and as many samples as were asked for.
shape() { python3 "$SOURCE/tests/cli/bench/shape.py"; }
cp "$FILES/photo.png" "$FILES/photo.gif" "$FILES/photo.bmp" .
bench() { ptrun bench "$FILES/model.pt" --engine fake --format json -q "$@"; }
bench --iterations 12 --warm-up 2 --batch 1,4 --threads 1,2 photo.png photo.gif photo.bmp | shape
for what in forward stages folder; do bench --iterations 3 --warm-up 1 --batch 2 --measure $what | shape; done
bench --iterations 3 --warm-up 0 --batch 3 --measure forward --profile photo.gif | shape
# By time: at least three samples of each.
bench --duration 0 --warm-up 1 -b 1 --measure forward photo.gif | shape
