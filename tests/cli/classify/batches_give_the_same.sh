# Any batch size and any number of workers: the same records in the same order.
mkdir many
for i in {10..49}; do cp "$FILES/photo.png" "many/$i.png"; done
cp "$FILES/cut.png" many/23.png
cp "$FILES/photo.gif" many/30.gif
ptrun classify "$FILES/model.pt" many --engine fake -q -b 1 -j 1 > one.txt || echo "exit $?"
for options in "-b 3 -j 2" "-b 8 -j 4" "-b 64 -j 1" ""; do
    ptrun classify "$FILES/model.pt" many --engine fake -q $options > other.txt || echo "exit $?"
    cmp one.txt other.txt
done
wc -l < one.txt
