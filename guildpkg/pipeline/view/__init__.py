"""What the browser is shown of runs."""
