# What is wrong with the true classes is said before anything runs.
try() { ptrun eval "$FILES/model.pt" --engine nothing "$@" 2>&1 | grep -v hint: || true; }
mkdir -p data/unicorn empty
cp "$FILES/photo.png" data/unicorn/
try data
try empty
try missing
printf 'unicorn,nothing\n' > map.csv
try data --map map.csv
printf '{"unicorn":10}' > map.json
try data --map map.json
printf 'a.png,six\nb.png\n' > truth.csv
try data --truth truth.csv
printf '{"path":"a.png"}\n' > truth.jsonl
try data --truth truth.jsonl
try data --truth missing.csv
printf 'a.png,six\n' > other.csv
ptrun eval "$FILES/model.pt" data --engine fake --truth other.csv -q 2>&1 | grep -v hint: || true
