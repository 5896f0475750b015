# --follow: links to files and folders are taken, loops and broken links counted; a FIFO behind a link hangs nothing.
mkdir -p in/b
cp "$FILES/photo.png" in/b/1.png
ln -s b/1.png in/a.png
ln -s b in/c
ln -s .. in/b/loop
ln -s nowhere in/broken.png
mkfifo in/pipe.png
ln -s pipe.png in/to-pipe.png
ptrun classify "$FILES/model.pt" in --follow --engine fake 2> messages | sed 's/,"status.*//'
sed 's/, [0-9.]* s, .*//' messages
# What is named is taken at its word, link or not.
ptrun classify "$FILES/model.pt" in/c in/a.png in/to-pipe.png in/broken.png --engine fake -q > records || echo "exit $?"
sed 's/,"width.*//; s/,"message.*//' records
