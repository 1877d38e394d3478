"""Series of runs."""
