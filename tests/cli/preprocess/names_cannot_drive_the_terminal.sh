# Control characters, broken UTF-8 and turned writing in a name are shown, never obeyed.
for name in $'a\nb.jpg' $'\e]0;title\a.jpg' $'\xff\xfe.jpg' $'\xe2\x80\xaegpj.exe' $'caf\xc3\xa9.jpg'; do
    ptrun preprocess none "$name" --preset imagenet -o a.npy || echo "exit $?"
done 2>&1
