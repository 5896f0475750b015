# A header that promises 40,000 x 40,000 pixels is refused within 100 MB of address space.
# (Sanitizers reserve terabytes: there it only has to be refused.)
if ldd "$(command -v ptrun)" | grep -Eq 'lib[at]san'; then kilobytes=unlimited; else kilobytes=100000; fi
ulimit -v "$kilobytes"
ptrun preprocess none "$FILES/huge.png" --preset imagenet -o out.npy
