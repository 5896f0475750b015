# --resume: torn last lines are dropped, whole batches kept, and the bytes are those of a run that nobody interrupted.
for i in {10..29}; do cp "$FILES/photo.png" "$i.png"; done
cp "$FILES/text.jpg" 15.jpg
interrupt() { # FILE BYTES: as if the run had been killed when it had written so much
    head -c "$2" whole > "$1"
    sed 's/"complete":true/"complete":false/' whole.ptrun.json > "$1.ptrun.json"
}
for form in jsonl csv; do
    ptrun classify "$FILES/model.pt" . --engine fake -q -b 4 --format $form -o whole --overwrite || test $? = 1
    for bytes in 0 1 100 1000 2000 3000 "$(($(stat -c %s whole) - 1))" "$(stat -c %s whole)"; do
        interrupt cut "$bytes"
        code=0
        ptrun classify "$FILES/model.pt" . --engine fake -q -b 4 --format $form -o cut --resume || code=$?
        cmp whole cut && echo "$form $code"
    done
done
echo "a new run where there is none, nothing to do where it is whole"
ptrun classify "$FILES/model.pt" . --engine fake -q -o new --resume || echo "exit $?"
ptrun classify "$FILES/model.pt" . --engine fake -o new --resume || echo "exit $?"
echo "not another run"
interrupt cut 1000
for words in "-k 2" "--format jsonl" "--activation sigmoid" "--exclude 10.png" "--shard 1/2"; do
    ptrun classify "$FILES/model.pt" . --engine fake -q --format csv $words -o cut --resume 2>&1 | sed '/hint:/d' | cut -c 1-70 || echo "exit ${PIPESTATUS[0]}"
done
rm cut.ptrun.json
ptrun classify "$FILES/model.pt" . --engine fake -q --format csv -o cut --resume || echo "exit $?"
echo "not without a file, not in every format"
ptrun classify "$FILES/model.pt" . --engine fake --resume || echo "exit $?"
ptrun classify "$FILES/model.pt" . --engine fake --resume -o x --format json || echo "exit $?"
