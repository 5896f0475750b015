# Low accuracy is no failure unless --min-top1 asks for it.
mkdir -p data/six
cp "$FILES/photo.png" data/six/
ptrun eval "$FILES/model.pt" data --engine fake -q --min-top1 1 | grep -o '"top1":[0-9.]*'
mkdir data/one
cp "$FILES/photo.png" data/one/
ptrun eval "$FILES/model.pt" data --engine fake -q | grep -o '"top1":[0-9.]*'
ptrun eval "$FILES/model.pt" data --engine fake --min-top1 0.6 2>&1 > /dev/null | grep min-top1 || true
ptrun eval "$FILES/model.pt" data --engine fake -q --min-top1 0.6 > /dev/null || echo $?
