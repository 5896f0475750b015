# One changed byte in the weights is refused, with the record's name, before the engine sees it.
cp "$FILES/model.pt" damaged.pt
middle=$(($(wc -c < damaged.pt) / 2))
byte=$(od -An -tu1 -j "$middle" -N 1 damaged.pt)
printf "\\$(printf %o $((byte ^ 1)))" | dd of=damaged.pt bs=1 seek="$middle" conv=notrunc status=none
ptrun classify damaged.pt "$FILES/photo.png" --engine fake -q || echo "exit $?"
ptrun classify damaged.pt "$FILES/photo.png" --engine fake -q -k 1 --no-check | wc -l
