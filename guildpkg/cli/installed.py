"""What the commands about installed packages share: completion of their names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem


def installed_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of an installed package, then its version."""
    import os

    from click.shell_completion import CompletionItem

    from guildpkg.cli.session import open_session

    params = ctx.find_root().params
    home = open_session(params.get("directory"), params.get("home"), debug=False).home
    try:
        entries = sorted(name for name in os.listdir(Path(home, "packages")) if not name.startswith("."))  # noqa: PTH208
    except OSError:
        return []
    names = sorted({entry.rpartition("-")[0] for entry in entries})
    return [CompletionItem(word) for word in (*names, *entries) if word.startswith(incomplete)]
