# A full disk is exit code 3; a missing folder, too.
ptrun classify "$FILES/model.pt" "$FILES/photo.png" --engine fake -q > /dev/full || echo "exit $?"
ptrun classify "$FILES/model.pt" "$FILES/photo.png" --engine fake -q -o /dev/full || echo "exit $?"
ptrun classify "$FILES/model.pt" "$FILES/photo.png" --engine fake -q -o missing/out.jsonl || echo "exit $?"
