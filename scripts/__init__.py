"""What `make demo` and `make test-upstream` run."""
