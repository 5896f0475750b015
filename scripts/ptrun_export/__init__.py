"""From a Python model to a TorchScript file that explains itself to ptrun: see docs/export.md."""
