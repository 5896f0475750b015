# Too few operands, or too many.
ptrun preprocess || echo "exit $?"
ptrun preprocess model.pt -o a.npy || echo "exit $?"
ptrun preprocess model.pt a.jpg b.jpg -o a.npy || echo "exit $?"
ptrun preprocess model.pt a.jpg || echo "exit $?"
ptrun preprocess none a.jpg -o a.npy || echo "exit $?"
ptrun engines here || echo "exit $?"
ptrun help help help || echo "exit $?"
