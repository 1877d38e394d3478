"""What the commands about installed packages share: completion of their names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from guildpkg.cli.offers import Asked, offering

if TYPE_CHECKING:
    from guildpkg.pipeline.project.offered import Offer


@offering
def installed_names(asked: Asked) -> list[Offer]:
    """Complete the name of an installed package, then its version."""
    found = os.listdir(asked.session.home / "packages")  # noqa: PTH208 - names are wanted
    entries = sorted(name for name in found if not name.startswith("."))
    names = sorted({entry.rpartition("-")[0] for entry in entries})
    return [(word, "") for word in (*names, *entries) if word.startswith(asked.begun)]
