"""The only gate to the web."""
