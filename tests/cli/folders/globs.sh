# --include takes the place of the suffixes; --exclude passes over files and whole folders; both may be repeated.
mkdir -p in/raw/deep in/cache
for name in in/1.png in/2.data in/raw/3.png in/raw/deep/4.png in/cache/5.png; do cp "$FILES/photo.png" $name; done
for words in "--include *.data" "--include *.data --include raw/*.png" "--exclude cache" "--exclude raw/deep --exclude 1.*"; do
    echo "$words"
    (set -f; ptrun classify "$FILES/model.pt" in $words --engine fake 2>&1) | sed 's/,"status.*//; /images/d'
done
ptrun classify "$FILES/model.pt" in --include '*.none' --engine fake || echo "exit $?"
