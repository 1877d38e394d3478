"""The command line: click and nothing but click, each command loaded when it is asked for."""
