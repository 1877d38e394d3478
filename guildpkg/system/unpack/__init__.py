"""The only gate through which an archive becomes files."""
