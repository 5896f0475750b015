# What the bundled model says of itself, and what an engine adds.
cp "$FILES/model.pt" .
ptrun inspect model.pt --engine fake | sed 's/SHA-256  .*/SHA-256/'
ptrun inspect model.pt --no-engine -v | sed -n '/^  tensor/p' | sed -n '1,3p'
ptrun inspect model.pt --no-engine --preset imagenet | grep steps
ptrun inspect model.pt --engine fake --code
ptrun inspect model.pt --engine fake --graph | head -1
ptrun inspect model.pt --engine nowhere | tail -1
