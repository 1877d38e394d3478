"""What a shell completes where a command takes a file or a folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem


def folders(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a folder, below ``-C DIR`` where that is given."""
    return _places(ctx, incomplete, "dir")


def files(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a file or a folder, below ``-C DIR`` where that is given."""
    return _places(ctx, incomplete, "file")


def any_folder(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a folder from where the shell is, for ``-C`` and ``-H`` themselves."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def _places(ctx: click.Context, incomplete: str, kind: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    base = ctx.find_root().params.get("directory")
    if not base:
        # the shell does it better: with ~, with spaces, with its own settings
        return [CompletionItem(incomplete, type=kind)]
    return places_in(base, incomplete, kind)


def places_in(base: str, incomplete: str, kind: str = "file", before: str = "") -> list[CompletionItem]:
    """Complete a file (and folders on the way to one) or a folder, where the shell itself cannot.

    Args:
        base: What the path is relative to.
        incomplete: The beginning of the path.
        kind: ``file`` or ``dir``.
        before: What stands before the path in the same word.
    """
    from click.shell_completion import CompletionItem

    head, slash, tail = incomplete.rpartition("/")
    try:
        found = sorted(os.scandir(os.path.join(base, head + slash)), key=lambda item: item.name)  # noqa: PTH118 - may be empty
    except (OSError, ValueError):
        return []
    wanted = [item for item in found if item.name.startswith(tail) and (kind == "file" or item.is_dir())]
    shown = [item for item in wanted if tail.startswith(".") or not item.name.startswith(".")]
    return [CompletionItem(before + head + slash + item.name + ("/" if item.is_dir() else "")) for item in shown]
