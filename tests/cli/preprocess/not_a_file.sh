# Folders, FIFOs without a writer and devices are refused; nothing waits.
mkdir folder
mkfifo fifo
for name in folder fifo /dev/null; do
    ptrun preprocess none "$name" --preset imagenet -o out.npy || echo "exit $?"
done 2>&1
