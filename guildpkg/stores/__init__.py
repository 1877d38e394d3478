"""What lies under ``$GUILD_HOME``: layouts and locks, no policy."""
