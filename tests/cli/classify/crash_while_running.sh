# A fault inside the engine during the forward: exit code 5 and a message that names the stage.
cp "$FILES/model.pt" .
PTRUN_FAKE=crash-run ptrun classify model.pt "$FILES/photo.png" --engine fake -q
