"""The commands, in the order in which ``guild --help`` shows them.

The line of help stands here too, so that ``guild --help`` imports no command; a test keeps both equal.
"""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("guildpkg.cli.init", "Begin a new recipe."),
    "package": ("guildpkg.cli.package", "Build the archive of a recipe."),
    "lock": ("guildpkg.cli.lock", "Pin what the sources of a recipe are."),
    "lint": ("guildpkg.cli.lint", "Look for mistakes in a recipe or an archive."),
    "inspect": ("guildpkg.cli.inspect", "Show what an archive holds."),
    "verify": ("guildpkg.cli.verify", "Check an archive against its manifest."),
    "completion": ("guildpkg.cli.completion", "Print the completion script of a shell."),
}
