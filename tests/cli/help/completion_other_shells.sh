# The scripts for zsh and fish are sound where the shell is there to say so.
ptrun help --completion zsh > _ptrun
ptrun help --completion fish > ptrun.fish
head -n 1 _ptrun
if command -v zsh > /dev/null; then zsh -n _ptrun; fi
if command -v fish > /dev/null; then fish --no-execute ptrun.fish; fi
