"""What is inside a package archive: its manifest, the order and modes of its members, its tar and xz frames."""
