# A slip gets a suggestion, something else does not; neither is done.
for arguments in "clasify model.pt a.jpg" "photo.jpg" "Help" "-x" "--versoin" "-" "--"; do
    ptrun $arguments || echo "exit $?"
done 2>&1
