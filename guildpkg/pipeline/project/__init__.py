"""The project that the user stands in, listed, explained and checked."""
