# What the options cannot be.
try() { ptrun verify "$@" 2>&1 | grep -v hint: || true; }
try
try a.pt b.pt
try a.pt --tolerance -1
try a.pt --tolerance nan
try a.pt --top-k 0
