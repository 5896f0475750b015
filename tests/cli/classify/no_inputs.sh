# No image, no list, no model: each says what is missing.
mkdir empty
ptrun classify "$FILES/model.pt" empty --engine fake || echo "exit $?"
ptrun classify "$FILES/model.pt" --files-from missing.txt --engine fake || echo "exit $?"
ptrun classify "$FILES/model.pt" --files-from /dev/null --engine fake || echo "exit $?"
ptrun classify "$FILES/model.pt" || echo "exit $?"
ptrun classify || echo "exit $?"
