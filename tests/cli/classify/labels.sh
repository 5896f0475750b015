# Names from a file; an empty line is a class without one; a wrong number is warned about once.
printf 'naught\n\ntwo\n' > labels.txt
ptrun classify "$FILES/model.pt" "$FILES/photo.png" "$FILES/photo.gif" --engine fake -k 10 --labels labels.txt > out.txt
head -n 1 out.txt | grep -o '"index":[0-9],"label":[^,]*' | sort
ptrun classify "$FILES/model.pt" "$FILES/photo.png" --engine fake --labels missing.txt || echo "exit $?"
printf 'a\n\377\n' > broken.txt
ptrun classify "$FILES/model.pt" "$FILES/photo.png" --engine fake --labels broken.txt || echo "exit $?"
