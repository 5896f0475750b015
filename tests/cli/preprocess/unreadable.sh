# A regular file whose content cannot be read. (Nobody can read address 0, not even root.)
ptrun preprocess none /proc/self/mem --preset imagenet -o out.npy
