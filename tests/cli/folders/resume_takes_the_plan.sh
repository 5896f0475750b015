# A resumed run takes over batch and threads of the interrupted one, whatever this machine or command would plan.
for i in {10..29}; do cp "$FILES/photo.png" "$i.png"; done
ptrun classify "$FILES/model.pt" . --engine fake -q -b 3 --threads 2 -o out
head -c 1500 out > cut
sed 's/"complete":true/"complete":false/' out.ptrun.json > cut.ptrun.json
ptrun classify "$FILES/model.pt" . --engine fake -v -b 5 --threads 1 --jobs 1 -o cut --resume 2>&1 | grep -e plan -e done | sed 's/[0-9.]* s, .* images.s/…/'
cmp out cut
grep -o '"plan":{[^}]*}' cut.ptrun.json
