"""What git knows, as values: URLs, refs, objects, submodules."""
