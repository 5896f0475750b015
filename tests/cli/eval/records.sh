# The records are those of classify, and evaluating them gives the same document; resuming does nothing more.
mkdir -p data/six data/one
cp "$FILES/photo.png" "$FILES/cut.png" data/six/
cp "$FILES/photo.gif" data/one/
ptrun eval "$FILES/model.pt" data --engine fake -q --records r.jsonl > a.json && exit 9 || test $? = 1
ptrun classify "$FILES/model.pt" data --engine fake -q > c.jsonl || test $? = 1
cmp r.jsonl c.jsonl
ptrun eval --from-records r.jsonl data -q > b.json || test $? = 1
test "$(sed 's/.*"images":3,/"images":3,/' a.json)" = "$(sed 's/^{//' b.json)"
ptrun eval "$FILES/model.pt" data --engine fake -q --records r.jsonl && exit 9 || echo $?
ptrun eval "$FILES/model.pt" data --engine fake -q --records r.jsonl --resume > d.json || test $? = 1
cmp b.json d.json
grep -o '"errors":{[^}]*}' d.json
