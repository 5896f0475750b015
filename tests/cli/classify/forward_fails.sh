# A forward that fails is that image's error; the same for rows that do not match the images.
cp "$FILES/photo.png" "$FILES/photo.gif" "$FILES/photo.bmp" .
for fault in fail rows empty; do
    echo "$fault"
    PTRUN_FAKE=$fault ptrun classify "$FILES/model.pt" photo.png photo.gif photo.bmp --engine fake -q -k 1 -b 1 || echo "exit $?"
done 2>&1
