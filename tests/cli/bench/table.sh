# For people: what ran, a table a configuration, one of all.
cp "$FILES/photo.png" "$FILES/photo.gif" .
bench() { ptrun bench "$FILES/model.pt" --engine fake -q --iterations 3 --warm-up 1 "$@"; }
bench photo.png photo.gif -b 2 -j 2 --threads 1
echo
bench --batch 1,2 --threads 1 --measure forward --profile
