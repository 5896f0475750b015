# The recipe inside the model is used: the tensor has its size, and no engine is needed.
ptrun preprocess "$FILES/model.pt" "$FILES/photo.jpg" -o a.npy
head -c 128 a.npy | tail -c +11 | sed 's, *$,,'
