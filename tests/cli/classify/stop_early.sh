# --fail-fast and --max-errors: records up to there, exit code 1.
for i in 1 2 3 4 5 6 7 8; do cp "$FILES/photo.png" "$i.png"; done
cp "$FILES/cut.png" 3.png
cp "$FILES/cut.png" 5.png
for options in --fail-fast "--max-errors 2" "--max-errors 3"; do
    ptrun classify "$FILES/model.pt" ?.png --engine fake -q -k 1 -b 1 $options > out.txt || echo "exit $?"
    grep -o '"path":"[^"]*","status":"[a-z]*"' out.txt | tail -n 1
done 2> /dev/null
