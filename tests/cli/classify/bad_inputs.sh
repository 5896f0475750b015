# Everything that can be wrong with an input has its own code; no output line is missing.
cp "$FILES"/{empty.jpg,text.jpg,cut.jpg,bad_crc.png,huge.png,photo.png} .
mkfifo fifo
ptrun classify "$FILES/model.pt" missing.jpg /proc/self/mem fifo /dev/null empty.jpg text.jpg cut.jpg bad_crc.png \
    huge.png photo.png --engine fake -k 1 -q
