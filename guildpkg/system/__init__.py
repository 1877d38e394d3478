"""The gates, each the only place for its danger: disk, processes, HTTP, git, unpacking, the sandbox."""
