# --max-pixels: 64 x 48 is exactly 3072.
ptrun preprocess none "$FILES/gradient.png" --preset imagenet --max-pixels 3072 -o a.npy
ptrun preprocess none "$FILES/gradient.png" --preset imagenet --max-pixels 3071 -o b.npy || echo "exit $?"
ls
