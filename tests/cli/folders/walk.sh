# A folder: byte order of the paths below it, suffixes in any case, everything else counted and passed over.
mkdir -p in/b in/a.c in/.hidden in/empty
for name in in/b/1.PNG in/b.png in/b-1.png in/a.c/x.png in/Z.png in/.hidden/1.png in/.secret.png; do cp "$FILES/photo.png" $name; done
cp "$FILES/photo.jpg" in/photo.JPeG
echo text > in/notes.txt
ln -s b.png in/link.png
ln -s .. in/b/up
mkfifo in/pipe.png
ptrun classify "$FILES/model.pt" in --engine fake -k 1 2> messages | sed 's/,"status.*//'
sed 's/, [0-9.]* s, .*//' messages
echo "again, from inside"
cd in && ptrun classify "$FILES/model.pt" . b/ --engine fake -q | sed 's/,"status.*//'
