# Every way of writing options gives the same file.
image=$FILES/gradient.png
ptrun preprocess none "$image" --preset imagenet --stage resized --output a.npy
ptrun preprocess --output=b.npy --stage=resized --preset=imagenet none "$image"
ptrun preprocess none -oc.npy --stage resized --preset imagenet -- "$image"
ptrun preprocess -vqo d.npy none --preset imagenet "$image" --stage resized
ptrun preprocess none "$image" -o=e.npy --stage decoded --stage resized --preset imagenet
for file in b c d e; do cmp a.npy "$file.npy"; done
