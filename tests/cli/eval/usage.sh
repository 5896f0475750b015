# Combinations that make no sense.
try() { ptrun eval "$@" 2>&1 | grep -v hint: || true; }
try
try model.pt
try --from-records r.jsonl
try --from-records r.jsonl data --records s.jsonl
try model.pt data --resume
try model.pt data --records s.jsonl --resume --overwrite
try model.pt data --min-top1 2
