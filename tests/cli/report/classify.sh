# A page beside the records, also for a run that was finished before; what was there is replaced.
mkdir data
cp "$FILES/photo.png" "$FILES/photo.gif" "$FILES/photo.bmp" data/
ptrun classify "$FILES/model.pt" data --engine fake -q -o r.jsonl --report a.html
grep -c '<li class=card' a.html
ptrun classify "$FILES/model.pt" data --engine fake -q -o r.jsonl --resume --report a.html
grep -c '<li class=card' a.html
ptrun classify "$FILES/model.pt" - --engine fake -q --report s.html < "$FILES/photo.png" > /dev/null
grep -o 'came from standard input' s.html
ptrun classify "$FILES/model.pt" data --engine fake -q -o r.csv --format csv --resume --report a.html || echo $?
ptrun classify "$FILES/model.pt" data --engine fake -q --report missing/a.html > /dev/null || echo $?
