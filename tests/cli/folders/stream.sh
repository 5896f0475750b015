# Who writes a name and waits for its record gets it: a batch is not held back until it is full.
cp "$FILES/photo.png" a.png
coproc RUN { ptrun classify "$FILES/model.pt" --files-from - --engine fake -q -b 8; }
for i in 1 2 3; do
    echo a.png >&"${RUN[1]}"
    read -r line <&"${RUN[0]}"
    echo "$i ${line%%,\"width*}"
done
pid=$RUN_PID
exec {RUN[1]}>&-
wait "$pid"
