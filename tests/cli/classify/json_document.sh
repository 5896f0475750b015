# --format json: one document with the model, its digest, the recipe and where it came from.
cp "$FILES/model.pt" "$FILES/photo.png" "$FILES/cut.png" .
ptrun classify model.pt photo.png cut.png --engine fake -q --format json -k 1 > out.json || echo "exit $?"
python3 - << 'PYTHON'
import hashlib, json
document = json.load(open("out.json"))
print(list(document))
print(document["model"]["sha256"] == hashlib.sha256(open("model.pt", "rb").read()).hexdigest())
print(document["model"]["recipe_from"], document["model"]["engine"])
print([record["status"] for record in document["results"]], document["summary"])
PYTHON
