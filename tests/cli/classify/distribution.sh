# An output that already is a distribution is taken as it is, with one warning, unless somebody said what it is.
for activation in "" "--activation softmax"; do
    PTRUN_FAKE=probabilities ptrun classify "$FILES/no_recipe.pt" "$FILES/photo.png" "$FILES/photo.gif" --engine fake \
        --preset imagenet --logits -k 1 $activation | sed 's/.*"index":\([0-9]*\).*"score":\([0-9.]\{5\}\).*/\1 \2/'
done
