# An output that is no row of scores is an error of every image; what settles it is an option or the recipe.
classify() {
    local code=0
    ptrun classify "$FILES/no_recipe.pt" "$FILES/photo.png" "$FILES/photo.gif" --engine fake --preset imagenet "$@" \
        > out.txt 2> /dev/null || code=$?
    sed -E 's/"path":"[^"]*\/([a-z.]*)"/\1/; s/"message":"([^"\\]|\\.)*"/_/; s/"width".*"top"/"top"/
            s/^[^,]*\/photo/photo/; s/([0-9]\.[0-9]{4})[0-9]*/\1/g' out.txt
    echo "exit code $code"
}
for behaviour in classes=1 integers maps; do PTRUN_FAKE=$behaviour classify; done
PTRUN_FAKE=classes=1 classify --format csv | tr -d "\r"
PTRUN_FAKE=classes=1 classify --activation sigmoid
PTRUN_FAKE=integers classify --activation none -k 1
classify --select logits
