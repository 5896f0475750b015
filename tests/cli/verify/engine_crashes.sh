# A crash of the engine is no verdict; a forward that fails is a difference of the logits.
cp "$FILES/model.pt" .
PTRUN_FAKE=crash-run ptrun verify model.pt --engine fake || echo "$?"
{ PTRUN_FAKE=fail=0 ptrun verify model.pt --engine fake || test $? = 1; } | grep '^0-blue-ink.jpg:'
