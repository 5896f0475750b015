# What the options cannot be.
try() { ptrun bench "$@" 2>&1 | grep -v hint: || true; }
try
try model.pt -
try model.pt --batch 0
try model.pt --batch 1,
try model.pt --batch ,1
try model.pt --batch 1,,2
try model.pt --batch '1, 2'
try model.pt --batch 65537
try model.pt --batch 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17
try model.pt --threads 1,x
try model.pt --threads 4097
try model.pt --duration -1
try model.pt --iterations 0
try model.pt --warm-up -2
try model.pt --measure everything
try model.pt --format csv
try model.pt --limit 0
try model.pt --null
code=0
ptrun bench model.pt --batch 0 2> err.txt || code=$?
echo "exit $code"
code=0
ptrun bench none.pt --engine fake 2> err.txt || code=$?
echo "exit $code"
