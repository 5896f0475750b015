# Without goldens nothing is verified, and it is said how to get them. No verdict is printed.
try() { ptrun verify "$@" --engine fake || echo "$?"; }
try "$FILES/no_recipe.pt"
try "$FILES/model.pt" --against "$FILES/photo.png"
try "$FILES/model.pt" --against missing.json
printf '{"format":"ptrun-recording/1","images":[{"file":"a.png","logit":{}}]}' > wrong.json
try "$FILES/model.pt" --against wrong.json
try "$FILES/lfs.pt"
