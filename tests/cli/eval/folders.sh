# Class folders by label and by index; an empty one, one of no class, a picture beside them.
mkdir -p data/six data/9 data/two data/unicorn
cp "$FILES/photo.png" data/six/a.png
cp "$FILES/photo.gif" data/9/b.gif
cp "$FILES/photo.bmp" data/unicorn/c.bmp
cp "$FILES/photo.bmp" data/d.bmp
ptrun eval "$FILES/model.pt" data --engine fake -v 2> err.txt > out.json
grep -E 'class|warning|top-1' err.txt
sed 's/.*"images":\([^{]*\),"errors".*/\1/; s/^/"images":/' out.json | head -1
grep -o '"truth_names":[^]]*]' out.json
grep -o '"classes_without_images":[^]]*]' out.json
