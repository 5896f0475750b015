# Completion in bash: commands, options, choices; file names where a file is wanted.
ptrun help --completion bash > ptrun.bash
source ./ptrun.bash
compopt() { :; } # outside of a real completion it would fail
complete_words() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _ptrun
    echo "$* -> [${COMPREPLY[*]}]"
}
complete_words ptrun pre
complete_words ptrun help eng
complete_words ptrun preprocess --st
complete_words ptrun preprocess --stage ""
complete_words ptrun preprocess --stage re
complete_words ptrun preprocess model.pt ""
complete_words ptrun preprocess --output --
complete_words ptrun help --completion ""
