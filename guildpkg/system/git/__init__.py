"""The only gate to git."""
