"""From a recipe to an archive, and back."""
