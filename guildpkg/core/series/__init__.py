"""Scalars over time, as values: points, keys, fields and the patterns that numbers are written by."""
