# A wrong file is called by its name, with what to do; exit code 4.
for name in cut empty lfs missing page photo text weights; do
    ptrun inspect "$FILES/$name.pt" | sed 's/\(SHA-256 *....\).*/\1/' || echo "exit code $?"
done
ptrun inspect "$FILES" || echo "exit code $?"
ptrun inspect "$FILES/lfs.pt" --format json || echo "exit code $?"
