# A forward that fails ends its configuration, not the others; where all of them fail, so does the run.
shape() { python3 "$SOURCE/tests/cli/bench/shape.py"; }
try() {
    ptrun bench "$FILES/model.pt" "$FILES/photo.png" --engine fake --format json -q --iterations 2 --warm-up 1 --threads 1 \
        "$@" > out.json || echo "exit $?"
    [ ! -s out.json ] || shape < out.json
}
PTRUN_FAKE=fixed-batch=4 try --batch 1,4
PTRUN_FAKE=oom=2 try --batch 1,2,3
PTRUN_FAKE=fail try --batch 1,2
PTRUN_FAKE=rows try --batch 1
PTRUN_FAKE=channels=3 try --batch 1
PTRUN_FAKE=refuse try
PTRUN_FAKE=nan try --batch 1 # an output that is not finite has its record, which takes as long
PTRUN_FAKE=crash-run try --batch 1
ptrun bench "$FILES/model.pt" --engine nosuch 2>&1 | head -n 1 || true
ptrun bench "$FILES/text.jpg" 2>&1 | head -n 1 || true
