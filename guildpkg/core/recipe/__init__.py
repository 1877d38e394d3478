"""What a recipe and its lock say, as values."""
