# The version comes first, then the libraries.
ptrun --version
ptrun -V | head -n 1
