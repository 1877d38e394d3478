"""Runs named, shown, compared and changed."""
