# An output in a folder that is not there, or that is a folder itself.
mkdir folder
ptrun preprocess none "$FILES/gradient.png" --preset imagenet -o missing/out.npy || echo "exit $?"
ptrun preprocess none "$FILES/gradient.png" --preset imagenet -o folder || echo "exit $?"
ls
