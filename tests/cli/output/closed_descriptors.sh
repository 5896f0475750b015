# Closed standard descriptors: no file of ours takes their place.
ptrun help >&- || echo "exit $?"
ptrun preprocess none "$FILES/gradient.png" --preset imagenet -o out.npy >&- 2>&- <&- || echo "exit $?"
head -c 6 out.npy | tail -c 5
echo
ptrun preprocess none - --preset imagenet -o out.npy <&- || echo "exit $?"
ptrun preprocess none missing.jpg --preset imagenet -o out.npy 2>&- || echo "exit $?"
