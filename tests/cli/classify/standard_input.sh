# `-` is one image on standard input; its record differs in the path alone.
cp "$FILES/photo.jpg" .
ptrun classify "$FILES/model.pt" photo.jpg --engine fake -q > file.txt
ptrun classify "$FILES/model.pt" - --engine fake -q < photo.jpg > stdin.txt
sed 's/"photo.jpg"/"-"/' file.txt | cmp - stdin.txt
ptrun classify "$FILES/model.pt" - --engine fake -q < /dev/null
