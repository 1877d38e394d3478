"""Patches onto a tree: all of them or none, exactly where they fit, never by guessing."""
