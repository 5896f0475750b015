# No such engine, no such device, a precision that it lacks, a model that it refuses: exit code 4.
model=$FILES/model.pt
ptrun classify "$model" "$FILES/photo.png" --engine nosuch || echo "exit $?"
ptrun classify "$model" "$FILES/photo.png" --engine ../fake || echo "exit $?"
ptrun classify "$model" "$FILES/photo.png" --engine fake --device cuda || echo "exit $?"
ptrun classify "$model" "$FILES/photo.png" --engine fake --precision bf16 || echo "exit $?"
ptrun classify "$model" "$FILES/photo.png" --engine fake --optimize nosuch || echo "exit $?"
PTRUN_FAKE=refuse ptrun classify "$model" "$FILES/photo.png" --engine fake || echo "exit $?"
