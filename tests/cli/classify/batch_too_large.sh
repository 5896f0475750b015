# No memory for four images, or a model made for two: the run says so, and every record is there.
for i in 0 1 2 3 4 5 6 7; do cp "$FILES/photo.png" "$i.png"; done
ptrun classify "$FILES/model.pt" ?.png --engine fake -q > plain.txt
for behaviour in oom=2 fixed-batch=2 fixed-batch=1; do
    echo "$behaviour"
    PTRUN_FAKE=$behaviour ptrun classify "$FILES/model.pt" ?.png --engine fake -b 4 2> err.txt | cmp - plain.txt
    grep -v 'images/s' err.txt || true
done
