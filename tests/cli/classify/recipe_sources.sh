# Where each key comes from: options, file, preset, the file beside the model, the model, the default.
cp "$FILES/model.pt" "$FILES/no_recipe.pt" .
sources() { ptrun classify "$@" --print-recipe -q | sed 's/.*"recipe_from"://'; }
sources model.pt
sources no_recipe.pt
sources model.pt --preset imagenet
sources model.pt --activation none
echo '{"format":"ptrun-recipe/1","labels":["a"]}' > some.json
sources model.pt --recipe some.json
cp some.json model.pt.recipe.json
sources model.pt
