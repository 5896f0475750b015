# Colours on a terminal that takes them, and nowhere else.
bench() {
    python3 - "$@" << 'PYTHON'
import os, pty, sys
command = ["ptrun", "bench", os.environ["FILES"] + "/model.pt", "--engine", "fake", "--iterations", "2", "--warm-up", "1",
           "--measure", "forward", "-q", *sys.argv[1:]]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
read = b""
try:
    while data := os.read(terminal, 65536):
        read += data
except OSError:  # how a terminal ends on Linux
    pass
os.waitpid(child, 0)
print("coloured" if b"\033[" in read else "plain", b"batch" in read)
PYTHON
}
TERM=xterm-256color bench
TERM=xterm-256color NO_COLOR=1 bench
TERM=dumb bench
TERM=xterm-256color bench --format json
