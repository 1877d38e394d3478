"""Package archives: a tree and its manifest -> an archive, and an archive -> what is in it, checked."""
