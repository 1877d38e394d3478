"""What an index and a home say of packages, as values."""
