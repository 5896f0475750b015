# -o: the same bytes as standard output; an existing file is refused without --overwrite; a manifest lies beside.
cp "$FILES/photo.png" .
ptrun classify "$FILES/model.pt" photo.png --engine fake -q > stdout.txt
ptrun classify "$FILES/model.pt" photo.png --engine fake -q -o out.jsonl
cmp stdout.txt out.jsonl
ptrun classify "$FILES/model.pt" photo.png --engine fake -q -o out.jsonl || echo "exit $?"
ptrun classify "$FILES/model.pt" photo.png --engine fake -q -o out.jsonl -k 1 --overwrite
grep -c '"index"' out.jsonl
ls
