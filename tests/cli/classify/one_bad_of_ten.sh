# One bad image among ten: nine good records, one error record in its place, exit code 1.
for i in 0 1 2 3 4 5 6 7 8 9; do cp "$FILES/photo.png" "$i.png"; done
cp "$FILES/cut.png" 6.png
ptrun classify "$FILES/model.pt" ?.png --engine fake -k 1 -q
