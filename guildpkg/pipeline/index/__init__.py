"""Indexes made, trusted, signed, published to and searched."""
