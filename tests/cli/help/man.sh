# The manual page has every command and is sound roff where groff can tell.
ptrun help --man > ptrun.1
head -n 1 ptrun.1
grep '^\.SS' ptrun.1
if command -v groff > /dev/null; then groff -man -ww -z ptrun.1; fi
