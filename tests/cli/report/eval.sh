# The page has the figures and the pictures, and nothing untrusted in it is markup; the same run gives the same bytes.
mkdir -p 'data/six' "data/<i>one"
cp "$FILES/photo.png" 'data/six/"><img src=x onerror=alert(1)>.png'
cp "$FILES/photo.gif" 'data/<i>one/plain.gif'
cp "$FILES/cut.png" data/six/
printf '{"<i>one":1}' > map.json
run() { ptrun eval "$FILES/model.pt" data --engine fake --map map.json -q --report "$1" > /dev/null || test $? = 1; }
run a.html
run b.html
cmp a.html b.html
grep -c '<img class=' a.html
grep -o '&quot;&gt;&lt;img src=x onerror=alert(1)&gt;.png' a.html
grep -o '<img src=x' a.html || true
grep -o '<title>.*</title>' a.html
grep -o '<h2[^<]*<' a.html
grep -c '(null)' a.html || true
grep -o 'image_truncated' a.html | sort -u
grep -oE '(src|href)=.?(http|//)' a.html || true
