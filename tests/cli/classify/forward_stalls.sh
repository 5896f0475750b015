# A forward that does not come back in time: exit code 5, no record, a message that says what to do.
cp "$FILES/model.pt" .
PTRUN_FAKE=sleep-ms=600000 ptrun classify model.pt "$FILES/photo.png" --engine fake --timeout 1
