# A program without engines says so, where it looked and what to do; the rest of the list is there.
mkdir empty
cp "$(readlink -f "$(command -v ptrun)")" alone
./alone engines | grep -c '^engine' || true
./alone engines > /dev/null || echo "exit $?"
./alone engines --engine-dir empty > /dev/null || echo "exit $?"
