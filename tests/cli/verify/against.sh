# A recording by hand: what classify printed for the picture, then with one logit changed.
ptrun classify "$FILES/model.pt" "$FILES/photo.png" --engine fake --logits > record.jsonl
logits=$(sed 's/.*"logits":\[\([^]]*\)\].*/\1/' record.jsonl)
cp "$FILES/photo.png" .
recording() { printf '{"format":"ptrun-recording/1","images":[{"file":"photo.png","logits":{"shape":[10],"values":[%s]}}]}' "$1"; }
verify() { ptrun verify "$FILES/model.pt" --engine fake --threads 1 "$@" || echo "exit code $?"; }
recording "$logits" > same.json
recording "${logits%,*},7" > other.json
mkdir sub
verify --against same.json
(cd sub && verify --tolerance 0 --against ../same.json | tail -1 | cut -c1-8)
verify --against other.json | tail -3 | cut -d, -f1
verify --against other.json --tolerance 1 | tail -1 | cut -c1-8
rm photo.png
verify --against same.json --format json | grep -o '"first":"file"\|"error":{[^}]*}' | sort -u
