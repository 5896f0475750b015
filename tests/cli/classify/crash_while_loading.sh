# A fault inside the engine while it loads: exit code 4 and a message that names file and stage.
cp "$FILES/model.pt" .
PTRUN_FAKE=crash-load ptrun classify model.pt "$FILES/photo.png" --engine fake -q
