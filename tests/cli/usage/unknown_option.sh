# Unknown options: the nearest one is named.
for arguments in "--stge decoded" "--pixels 5" "--max-pix 5" "-z" "-vz" "-stage tensor"; do
    ptrun preprocess none a.jpg -o a.npy $arguments || echo "exit $?"
done 2>&1
ls
