# Nothing but text in a pipe, whatever the terminal.
TERM=xterm-256color ptrun help preprocess | { ! grep -q "$(printf '\033')"; }
