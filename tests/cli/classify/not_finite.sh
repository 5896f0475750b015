# NaN and infinity are never printed: such an output is an error record, the others are not touched.
cp "$FILES/photo.png" "$FILES/photo.gif" "$FILES/photo.bmp" .
for fault in nan=1 inf=1; do
    PTRUN_FAKE=$fault ptrun classify "$FILES/model.pt" photo.png photo.gif photo.bmp --engine fake -q -k 1 || echo "exit $?"
done
