# An existing file is replaced as a whole, or stays as it was; no temporary file is left.
echo old > a.npy
ptrun preprocess none "$FILES/cut.jpg" --preset imagenet -o a.npy || echo "exit $?"
cat a.npy
ptrun preprocess none "$FILES/gradient.png" --preset imagenet --stage resized -o a.npy
head -c 6 a.npy | tail -c 5
echo
ls
