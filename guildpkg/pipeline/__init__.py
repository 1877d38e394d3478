"""One short module per use. The only place where two stages meet."""
