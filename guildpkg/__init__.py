"""Package upstream training code with patches, so that anyone can rebuild, verify, install and train it."""
