"""Values and rules: no file, no clock, no environment, no network. Give it bytes, text and ``now``."""
