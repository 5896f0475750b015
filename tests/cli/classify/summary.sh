# The summary counts by code; a message for each failed input says what to do.
ptrun classify "$FILES/model.pt" "$FILES/cut.jpg" "$FILES/photo.png" "$FILES/cut.png" missing.jpg --engine fake > records.txt
