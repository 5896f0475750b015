# SIGINT and SIGTERM: whole lines only, in order, without gaps, and 130 or 143.
for i in {100..999}; do ln -s "$FILES/photo.png" "$i.png"; done
for signal in INT TERM; do
    rm -f out.txt
    # (bash starts background jobs with SIGINT ignored)
    PTRUN_FAKE=sleep-ms=50 env --default-signal=INT ptrun classify "$FILES/model.pt" *.png --engine fake -q -b 1 -k 1 \
        > out.txt &
    until [ -s out.txt ]; do sleep 0.1; done
    kill -s "$signal" $!
    code=0
    wait $! || code=$?
    echo "exit $code, not whole: $(grep -vc '^{"path":"[0-9]*.png","status":"ok",.*}$' out.txt)"
    sed 's/{"path":"\([0-9]*\).*/\1/' out.txt | awk 'NR + 99 != $1' # in order, none left out
    test "$(wc -l < out.txt)" -lt 900
done
