# The reader goes away after one line: quiet, 141.
for i in {100..160}; do ln -s "$FILES/photo.png" "$i.png"; done
PTRUN_FAKE=sleep-ms=40 ptrun classify "$FILES/model.pt" *.png --engine fake -q -b 1 -k 1 | head -n 1
