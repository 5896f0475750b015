# The overview, spelt in every way.
ptrun help > help.txt
ptrun --help | cmp - help.txt
ptrun -h | cmp - help.txt
cat help.txt
