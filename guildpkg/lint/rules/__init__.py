"""One rule per file, named like its id; ``lint/table.py`` lists them."""
