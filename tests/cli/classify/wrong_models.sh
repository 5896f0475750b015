# What people take for a model: its own code each, exit code 4, no record.
cp "$FILES"/*.pt .
for name in missing.pt empty.pt cut.pt text.pt lfs.pt page.pt photo.pt weights.pt; do
    ptrun classify "$name" "$FILES/photo.jpg" --engine fake -q || echo "exit $?"
done 2>&1 | grep -v hint:
