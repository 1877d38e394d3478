"""What a patch says, as values."""
