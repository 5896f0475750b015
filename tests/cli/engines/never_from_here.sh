# An engine in the current folder or on the library path is not taken.
mkdir elsewhere
cp "$(readlink -f "$(command -v ptrun)")" elsewhere/ptrun
cp "$PTRUN_ENGINE_DIR/ptrun-engine-fake.so" .
LD_LIBRARY_PATH=$PWD elsewhere/ptrun engines > list.txt || echo "exit $?"
grep -c '^engine' list.txt || true
