# A model that was saved in training mode is warned about once.
PTRUN_FAKE=training ptrun classify "$FILES/model.pt" "$FILES/photo.png" "$FILES/photo.gif" --engine fake -k 1 > out.txt
