# Neither the version, nor help, nor a usage error loads an engine: the dynamic linker would say so.
for arguments in --version --help "help classify" "classify --top-k 0" "preprocess none a -o -"; do
    LD_DEBUG=files ptrun $arguments > log.txt 2>&1 || true
    grep -q 'libc\.so' log.txt
    ! grep -E 'ptrun-engine|libtorch' log.txt
done
