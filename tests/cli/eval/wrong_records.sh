# Records that are none, or end in the middle.
mkdir -p data/six
line='{"path":"data/six/a","status":"ok","width":1,"height":1,"top":[{"index":6,"label":"six","score":0.5}]}'
printf '%s\n%s' "$line" "${line%?????}" > torn.jsonl
ptrun eval --from-records torn.jsonl data 2>&1 > out.json | grep -v hint:
grep -o '"images":[0-9]*,"evaluated":[0-9]*' out.json
for text in '' 'text' '{"path":1}' '{"path":"a","status":"ok","width":1,"height":1,"top":[{"index":1e9,"score":1}]}'; do
    printf '%s\n' "$text" > bad.jsonl
    ptrun eval --from-records bad.jsonl data 2>&1 | grep -v hint: || true
done
: > empty.jsonl
ptrun eval --from-records empty.jsonl data
