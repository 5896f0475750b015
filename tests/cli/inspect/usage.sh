# What makes no sense together.
try() { ptrun inspect "$@" 2>&1 | grep -v hint: || true; }
try
try a.pt b.pt
try a.pt --code --graph
try a.pt --code --no-engine
try a.pt --format csv
try a.pt --dot --no-engine
try a.pt --depth 2
