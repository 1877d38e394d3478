"""The patches of a recipe: made, saved, moved onto newer sources."""
