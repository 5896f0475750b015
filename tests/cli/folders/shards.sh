# The shards, one after the other, are the whole run; one without inputs is fine, and the same list gives the same shards.
for i in {1..9}; do cp "$FILES/photo.png" "$i.png"; done
cp "$FILES/text.jpg" 3.jpg
ptrun classify "$FILES/model.pt" . --engine fake -q > whole || test $? = 1
for n in 1 2 3 7 10 11; do
    rm -f parts
    for ((i = 1; i <= n; i++)); do
        ptrun classify "$FILES/model.pt" . --engine fake -q --shard $i/$n >> parts || test $? = 1
    done
    cmp whole parts && echo "$n shards"
done
find . -name '*.png' | sort | ptrun classify "$FILES/model.pt" --files-from - --shard 2/3 --engine fake -q | sed 's/,"status.*//'
for bad in 0/3 4/3 1/0 1 a/b 1/2/3; do ptrun classify "$FILES/model.pt" . --shard $bad --engine fake || echo "exit $?"; done
