# A recipe file and its faults; an unknown preset; a recipe that is required.
cat > good.json << 'JSON'
{"format":"ptrun-recipe/1","input":{"color":"gray"},"steps":[{"op":"resize","size":[8,16],"filter":"box"}]}
JSON
sed 's/box/cubic/' good.json > filter.json
sed 's/steps/stpes/' good.json > key.json
ptrun preprocess none "$FILES/gradient.png" --recipe good.json --stage resized -o a.npy
head -c 128 a.npy | tail -c +11 | sed 's, *$,,'
for arguments in "--recipe filter.json" "--recipe key.json" "--recipe missing.json" "--preset imagnet"; do
    ptrun preprocess none "$FILES/gradient.png" $arguments -o b.npy || echo "exit $?"
done 2>&1
