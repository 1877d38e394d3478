"""Where the parts of a recipe come from: one module per kind of source, listed in `table`."""
