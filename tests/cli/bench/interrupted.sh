# SIGINT: what was measured until then, as a whole document, and 130.
: > err.txt
PTRUN_FAKE=sleep-ms=20 env --default-signal=INT ptrun bench "$FILES/model.pt" --engine fake --format json -v --batch 1,2 \
    --threads 1 --iterations 100000 --warm-up 1 > out.json 2> err.txt &
until grep -q 'loaded in' err.txt; do sleep 0.1; done
sleep 2 # many forwards
kill -s INT $!
code=0
wait $! || code=$?
echo "exit $code"
python3 "$SOURCE/tests/cli/bench/shape.py" < out.json | sed 's/\(forward\) [0-9]*$/\1 N/'
