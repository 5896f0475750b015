# A flipped bit in the weights: the record is named, and no engine is asked.
cp "$FILES/model.pt" flipped.pt
printf '\377' | dd of=flipped.pt bs=1 seek=200000 conv=notrunc status=none
ptrun inspect flipped.pt --engine fake > out.txt || echo "exit code $?"
grep -E 'records|damaged|engine' out.txt
ptrun inspect flipped.pt --engine fake --format json > out.json 2> /dev/null || echo "exit code $?"
grep -o '"damaged_records":[0-9]*\|{[^{}]*"whole":false}\|"engine":null' out.json
