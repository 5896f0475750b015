# Combinations that make no sense.
printf '{' > r.jsonl
try() { ptrun compare "$@" 2>&1 | grep -v hint: || true; }
try
try a.pt
try "$FILES/model.pt" r.jsonl
try r.jsonl r.jsonl data
try "$FILES/model.pt" "$FILES/model.pt"
try "$FILES/model.pt" "$FILES/model.pt" -
try "$FILES/model.pt" "$FILES/model.pt" --files-from -
