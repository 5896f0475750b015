# A word that is none of the choices: all of them are named.
ptrun preprocess none a.jpg -o a.npy --stage cropped || echo "exit $?"
ptrun engines --format xml || echo "exit $?"
