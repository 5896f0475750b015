# One record for each image, whatever its format, in the order of the arguments.
cp "$FILES"/{photo.jpg,progressive.jpg,photo.png,gradient.png,photo.gif,photo.bmp} .
ptrun classify "$FILES/model.pt" photo.jpg gradient.png photo.gif photo.bmp photo.png progressive.jpg -q -k 2 --engine fake
