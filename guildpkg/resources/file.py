"""Sources ``file``: a file or a folder of the project."""

from __future__ import annotations

from dataclasses import replace

from guildpkg.resources.request import Ask, Found
from guildpkg.resources.unfold import kept_folder, unfold_path


def find(ask: Ask) -> Found:
    """See `table.find`."""
    path = ask.need.owner.project / ask.source.value
    return replace(unfold_path(path, ask, source=str(path)), prefix=kept_folder(ask))
