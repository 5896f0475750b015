# COMMAND --help is `help COMMAND` for every command that the overview lists, wherever --help stands.
ptrun help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p' > commands.txt
while read -r command; do
    ptrun help "$command" > help.txt
    ptrun "$command" --help | cmp - help.txt
    ptrun "$command" operand -h --no-such-option | cmp - help.txt
    grep -q "^usage: ptrun $command" help.txt
    grep -q '^Exit codes' help.txt
done < commands.txt
grep -c . commands.txt > count.txt
test "$(cat count.txt)" -ge 4
