# A file that we may not read. Root may, so root steps back first.
cp "$FILES/photo.jpg" secret.jpg
chmod 000 secret.jpg
as_nobody=(env)
if [ "$(id -u)" = 0 ]; then
    as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    "${as_nobody[@]}" ptrun --version > /dev/null 2>&1 || {
        echo 'root reads everything, and nobody else can run ptrun here' >&2
        exit 77
    }
fi
HOME=/ "${as_nobody[@]}" ptrun preprocess none secret.jpg --preset imagenet -o -
