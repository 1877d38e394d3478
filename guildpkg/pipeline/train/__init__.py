"""From words of a command line to a run and its end."""
