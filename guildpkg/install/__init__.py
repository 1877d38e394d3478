"""Archives -> installed packages: what is to be installed, the trees, checks and repairs, and what can go."""
