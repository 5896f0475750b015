# One JSON document with the same in it.
ptrun engines --format json > engines.json
python3 - << 'PYTHON'
import json
found = json.load(open("engines.json"))
fake = [engine for engine in found["engines"] if engine["name"] == "fake"]
print(sorted(found), [engine["status"] for engine in fake])
print([(row["name"], row["available"]) for row in found["formats"] if row["name"] != "webp"])
PYTHON
