# A plugin that cannot be loaded: listed with the reason; a warning where another works, else exit code 4.
mkdir broken
echo "no shared object" > broken/ptrun-engine-broken.so
ptrun engines --engine-dir broken > list.txt
grep -A 2 '^engine broken' list.txt
grep -c '^engine fake' list.txt
cp "$(readlink -f "$(command -v ptrun)")" alone
./alone engines --engine-dir broken > list.txt || echo "exit $?"
