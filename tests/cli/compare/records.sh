# Two files of records: the same ones agree; other answers, other images and other numbers of them are told.
record() { printf '{"path":"%s","status":"ok","width":1,"height":1,"top":[{"index":%d,"label":"c%d","score":%s},{"index":9,"label":null,"score":0.01}]}\n' "$@"; }
failed() { printf '{"path":"%s","status":"error","error":{"code":"image_truncated","message":"cut"}}\n' "$1"; }
{ record a 1 1 0.9; record b 2 2 0.8; failed c; failed d; } > a.jsonl
{ record a 1 1 0.7; record b 3 3 0.6; failed c; record d 4 4 0.5; } > b.jsonl
{ record a 1 1 0.9; record x 2 2 0.8; failed c; failed d; } > other.jsonl
head -n 3 a.jsonl > short.jsonl
ptrun compare a.jsonl a.jsonl -q | grep -o '"images".*'
ptrun compare a.jsonl b.jsonl --report page.html 2> err.txt > out.json || echo $?
cat err.txt
grep -o '"images".*' out.json
grep -o 'Top-1 agreement' page.html
record a 1 1 0.85 > near.jsonl
head -n 1 a.jsonl > one.jsonl
ptrun compare one.jsonl near.jsonl -q > out.json && echo agrees
ptrun compare one.jsonl near.jsonl -q --max-difference 0.01 > out.json || echo $?
ptrun compare a.jsonl other.jsonl 2>&1 | grep -v hint: || true
ptrun compare a.jsonl short.jsonl 2>&1 | grep -v hint: || true
ptrun compare short.jsonl a.jsonl 2>&1 | grep -v hint: || true
