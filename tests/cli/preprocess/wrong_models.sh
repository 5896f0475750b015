# What people take for a model: each has its own code, and exit code 4.
cp "$FILES"/*.pt .
mkdir folder
for name in missing.pt folder empty.pt cut.pt text.pt lfs.pt page.pt photo.pt weights.pt; do
    ptrun preprocess "$name" "$FILES/photo.jpg" -o out.npy || echo "exit $?"
done 2>&1
