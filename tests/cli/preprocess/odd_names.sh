# A name may begin with a dash, hold a newline or a quote, and have any suffix.
for name in -k.jpg $'two\nlines' "it's" no_suffix; do
    cp "$FILES/photo.jpg" "./$name"
    ptrun preprocess --preset imagenet --stage resized -o=out.npy -- none "$name"
    cksum < out.npy
done | uniq | grep -c .
