# One model with two settings; the fake engine gives the same bits in any batch.
mkdir data
cp "$FILES/photo.png" "$FILES/photo.gif" "$FILES/cut.png" data/
ptrun compare "$FILES/model.pt" "$FILES/model.pt" data --engine fake -q --b-batch 2 --b-optimize off > out.json
grep -o '"images".*' out.json
grep -o '"preparation":"[a-z]*"\|"batch":[0-9]' out.json | paste -sd ' '
PTRUN_FAKE=classes=3 ptrun compare "$FILES/no_recipe.pt" "$FILES/no_recipe.pt" data --engine fake -q --preset imagenet \
    --b-preset imagenet > out.json && echo agrees
ptrun compare "$FILES/model.pt" "$FILES/text.pt" data --engine fake -q > out.json || echo $?
