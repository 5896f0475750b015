# A model without a recipe: one warning, or none of it with --require-recipe; --preset settles it.
cp "$FILES/no_recipe.pt" "$FILES/photo.png" .
ptrun classify no_recipe.pt photo.png photo.png --engine fake -k 1 > default.txt
ptrun classify no_recipe.pt photo.png photo.png --engine fake -k 1 --preset imagenet > preset.txt
cmp default.txt preset.txt
ptrun classify no_recipe.pt photo.png --engine fake --require-recipe || echo "exit $?"
