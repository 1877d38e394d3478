"""Python requirements -> an environment that has them, made once and shared by all packages that ask for the same."""
