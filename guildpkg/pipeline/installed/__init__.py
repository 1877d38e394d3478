"""Packages installed, upgraded, verified, looked at and taken away."""
