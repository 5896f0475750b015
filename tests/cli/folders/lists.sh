# Lists: lines or NULs, from a file, standard input, or a pipe with a name; names are taken literally.
cp "$FILES/photo.png" a.png
cp a.png $'new\nline.png'
mkdir folder
classify() { # only names and outcomes
    ptrun classify "$FILES/model.pt" "$@" --engine fake -q > records || echo "exit $?"
    sed 's/,"width.*//; s/,"message.*//' records
}
printf 'a.png\n\nfolder\n-\nmissing.png' > list
classify --files-from list
echo "NUL"
printf 'a.png\0new\nline.png\0' | classify --files-from - --null
echo "pipe"
classify a.png --files-from <(cat list)
echo "no list"
printf 'a.png\0a.png\n' > torn
classify --files-from torn
classify --files-from folder
printf '' | classify --files-from -
classify - --files-from - < a.png
classify a.png --null
