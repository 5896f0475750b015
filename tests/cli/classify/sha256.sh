# The model is refused unless its SHA-256 is the one that was given, in either case of letters.
digest=$(sha256sum < "$FILES/model.pt" | cut -c1-64)
ptrun classify "$FILES/model.pt" "$FILES/photo.png" --engine fake -q -k 1 --sha256 "${digest^^}" | wc -l
other=$(echo "$digest" | tr 0-9a-f 1-9a-f0)
ptrun classify "$FILES/model.pt" "$FILES/photo.png" --engine fake -q --sha256 "$other" 2>&1 | sed "s/$digest/DIGEST/" || true
ptrun classify "$FILES/model.pt" "$FILES/photo.png" --engine fake -q --sha256 "${digest%?}" 2>&1 | sed "s/$digest/DIGEST/;s/${digest%?}/CUT/" || true
