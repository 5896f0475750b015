# Files that vanish, change their kind or shrink between the walk and the reading have their record.
mkdir in
for i in {100..299}; do ln "$FILES/photo.png" in/$i.png 2> /dev/null || cp "$FILES/photo.png" in/$i.png; done
coproc RUN { PTRUN_FAKE=sleep-ms=40 ptrun classify "$FILES/model.pt" in --engine fake -q -b 4; }
pid=$RUN_PID
exec {out}<&"${RUN[0]}"
read -r line <&"$out"
rm in/296.png in/297.png in/298.png in/299.png
mkdir in/297.png
mkfifo in/298.png
: > in/299.png
code=0
tail -n 4 <&"$out" | sed 's/,"message.*//'
wait "$pid" || code=$?
echo "exit $code"
