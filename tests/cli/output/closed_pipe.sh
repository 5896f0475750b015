# The reader goes away: quiet, and 141 as for any other program.
ptrun preprocess none "$FILES/photo.jpg" --preset imagenet -o - | head -c 10 > /dev/null
