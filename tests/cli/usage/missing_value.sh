# An option that lacks its value, at the end or before another option.
for arguments in "--max-pixels" "-o" "--output --quiet" "--quiet=1"; do
    ptrun preprocess none a.jpg $arguments || echo "exit $?"
done 2>&1
