# Each stage as NumPy reads it: type, order and shape; the bytes are those of Pillow and torchvision.
for stage in decoded resized tensor; do
    ptrun preprocess none "$FILES/gradient.png" --preset imagenet --stage "$stage" -o "$stage.npy"
    head -c 128 "$stage.npy" | tail -c +11 | sed 's, *$,,'
    head -c 8 "$stage.npy" | od -An -tx1
    cksum < "$stage.npy"
done
