# A number that is none, or out of range: the message says what it must be.
for number in 0 -1 1.5 1e6 0x10 "" " 5" 99999999999999999999 4294967296; do
    ptrun preprocess none a.jpg -o a.npy --max-pixels "$number" || echo "exit $?"
done 2>&1
