# A header that promises 40,000 x 40,000 pixels is refused within 100 MB of address space.
# (Sanitizers reserve terabytes: there it only has to be refused.)
case "$(ldd "$(command -v ptrun)")" in *lib[at]san*) kilobytes=unlimited ;; *) kilobytes=100000 ;; esac
ulimit -v "$kilobytes"
ptrun preprocess none "$FILES/huge.png" --preset imagenet -o out.npy
