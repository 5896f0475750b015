# A map says what the names of folders mean; labels and indices need none.
mkdir -p data/half-dozen data/IX
cp "$FILES/photo.png" data/half-dozen/
cp "$FILES/photo.gif" data/IX/
printf '{"half-dozen":"six","IX":9}' > map.json
ptrun eval "$FILES/model.pt" data --engine fake --map map.json -q | grep -o '"truth_names":[^]]*]'
printf 'half-dozen,6\nIX,nine\n' > map.csv
ptrun eval "$FILES/model.pt" data --engine fake --map map.csv -q | grep -o '"truth_names":[^]]*]'
