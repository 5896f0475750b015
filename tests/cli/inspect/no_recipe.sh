# Without a recipe the default is shown as such; a wrong one is a problem of the model.
ptrun inspect "$FILES/no_recipe.pt" --no-engine | grep -E 'input|steps|labels|goldens'
cp "$FILES/no_recipe.pt" model.pt
echo '{"format":"ptrun-recipe/1","steps":[{"op":"rotate"}]}' > model.pt.recipe.json
ptrun inspect model.pt --engine fake | tail -1 || echo "exit code $?"
ptrun inspect model.pt --engine fake --format json 2> /dev/null | grep -o '"problems".*' || echo "exit code $?"
