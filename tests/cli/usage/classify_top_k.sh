# --top-k takes whole numbers from 1 on, in every spelling.
ptrun classify model.pt a.jpg --top-k 0 || echo "exit $?"
ptrun classify model.pt a.jpg -k 0 || echo "exit $?"
ptrun classify model.pt a.jpg -kx || echo "exit $?"
ptrun classify model.pt a.jpg --topk=3 || echo "exit $?"
