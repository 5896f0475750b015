# Colours on a terminal that takes them, and nowhere else.
bench() {
    python3 - "$@" << 'PYTHON'
import os, pty, sys
read = b""
def keep(fd):
    global read
    data = os.read(fd, 65536)
    read += data
    return b""
pty.spawn(["ptrun", "bench", os.environ["FILES"] + "/model.pt", "--engine", "fake", "--iterations", "2", "--warm-up", "1",
           "--measure", "forward", "-q", *sys.argv[1:]], keep)
print("coloured" if b"\033[" in read else "plain", b"batch" in read)
PYTHON
}
TERM=xterm-256color bench
TERM=xterm-256color NO_COLOR=1 bench
TERM=dumb bench
TERM=xterm-256color bench --format json
