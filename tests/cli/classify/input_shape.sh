# The channels of the model's first weight against the recipe's, before any image is run.
PTRUN_FAKE=channels=3 ptrun classify "$FILES/no_recipe.pt" "$FILES/photo.png" --engine fake -q --preset imagenet | wc -l
PTRUN_FAKE=channels=1 ptrun classify "$FILES/no_recipe.pt" "$FILES/photo.png" --engine fake -q --preset imagenet
