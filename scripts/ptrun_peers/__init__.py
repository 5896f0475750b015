"""What `bench_peers.py` is made of: the same weights and images through what people would use instead."""
