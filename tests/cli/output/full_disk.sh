# Nothing fits: exit code 3 and the reason, for every kind of output.
ptrun help > /dev/full || echo "exit $?"
ptrun --version > /dev/full || echo "exit $?"
ptrun preprocess none "$FILES/gradient.png" --preset imagenet -o - > /dev/full || echo "exit $?"
ptrun preprocess none "$FILES/gradient.png" --preset imagenet -o /dev/full || echo "exit $?"
