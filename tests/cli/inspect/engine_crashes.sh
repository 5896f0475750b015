# A model that ends the engine by a signal does not end the report.
cp "$FILES/model.pt" .
try() { ptrun inspect model.pt --engine fake "$@" > out.txt || echo "exit code $?"; }
export PTRUN_FAKE
PTRUN_FAKE=crash-load; try; tail -1 out.txt
PTRUN_FAKE=crash-load; try --format json; grep -o '"engine":{.*' out.txt
PTRUN_FAKE=crash-run; try --format json; grep -o '"engine":{.*' out.txt
PTRUN_FAKE=refuse; try --format json; grep -o '"engine":{.*' out.txt
PTRUN_FAKE=fail; try; tail -1 out.txt
PTRUN_FAKE=refuse; try --code; cat out.txt
