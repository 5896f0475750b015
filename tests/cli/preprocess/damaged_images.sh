# Each kind of damage has its own code, exit code 1, and leaves nothing behind.
for name in empty.jpg text.jpg header.jpg cut.jpg cut.png bad_crc.png bad_data.png huge.png wide.png; do
    ptrun preprocess none "$FILES/$name" --preset imagenet -o out.npy || echo "exit $?"
done 2>&1
ls
