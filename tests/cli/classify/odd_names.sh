# Any name comes back: as text where it is UTF-8, else exactly in path_base64.
for name in $'two\nlines.png' 'quote".png' $'caf\xc3\xa9.png' $'\xff.png' $'\e[2J.png' -k.png; do
    cp "$FILES/photo.png" "./$name"
done
ptrun classify "$FILES/model.pt" --engine fake -q -k 1 -- *.png > out.txt
python3 - << 'PYTHON'
import base64, json, os
records = [json.loads(line) for line in open("out.txt", encoding="utf-8")]
paths = [base64.b64decode(r["path_base64"]) if "path_base64" in r else r["path"].encode() for r in records]
print(sorted(paths) == sorted(n for n in os.listdir(b".") if n.endswith(b".png")), len(paths))
print([r["path"] for r in records if "path_base64" in r] == ["\ufffd.png"])
PYTHON
