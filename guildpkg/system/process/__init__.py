"""The only gate to other programs."""
