"""A recipe folder: read it, read and write its lock, know which files are its own."""
