ptrun preprocess none missing.jpg --preset imagenet -o out.npy
