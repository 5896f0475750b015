# `-` is the bytes of an image on standard input, and the array on standard output.
ptrun preprocess none "$FILES/gradient.png" --preset imagenet -o file.npy
ptrun preprocess none - --preset imagenet -o stdin.npy < "$FILES/gradient.png"
ptrun preprocess none - --preset imagenet -o - < "$FILES/gradient.png" > stdout.npy
cmp file.npy stdin.npy
cmp file.npy stdout.npy
