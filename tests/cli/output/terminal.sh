# On a terminal: headings in bold unless NO_COLOR or TERM=dumb; an array is refused there.
on_terminal() { # COMMAND...: what it writes, in a terminal of 80 columns
    python3 - "$@" << 'PYTHON'
import os, pty, sys
def read(fd):
    return os.read(fd, 65536)
status = pty.spawn(["sh", "-c", 'stty cols 60; exec "$@"', "sh", *sys.argv[1:]], read)
sys.exit(os.waitstatus_to_exitcode(status))
PYTHON
}
escape=$(printf '\033')
for setting in TERM=xterm TERM=dumb TERM= "NO_COLOR=1 TERM=xterm" "NO_COLOR= TERM=xterm"; do
    on_terminal env $setting ptrun help preprocess < /dev/null > out.txt
    echo "$setting: $(grep -c "$escape" out.txt) lines with colour"
done
tr -d '\r' < out.txt | sed -n 3p
on_terminal env TERM=xterm ptrun help nosuch < /dev/null | tr -d '\r' | sed "s/$escape/ESC/g" || echo "exit $?"
on_terminal env TERM=dumb ptrun preprocess none "$FILES/photo.png" --preset imagenet -o - < /dev/null | tr -d '\r' || echo "exit $?"
