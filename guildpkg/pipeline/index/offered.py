"""Names of indexes and of packages on them, as a shell offers them: nobody is asked, nothing is written."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from guildpkg.errors import GuildError
from guildpkg.index import trust
from guildpkg.index.layout import TIMESTAMP
from guildpkg.index.search import Catalogue
from guildpkg.pipeline.project.offered import Offer

MOST: Final = 200
"""Most packages that are offered at once."""


def offered_indexes(home: Path, begun: str) -> list[Offer]:
    """Offer the indexes that are trusted, with where they are; also one whose record is damaged."""
    return [(name, known.url if known else "") for name, known in _known(home) if name.startswith(begun)]


def offered_packages(home: Path, begun: str, *, version: bool = False) -> list[Offer]:
    """Offer the packages that were on the indexes when they were last searched.

    Args:
        home: ``$GUILD_HOME``.
        begun: What was typed of the name, or of ``NAME-VERSION``.
        version: True for ``NAME-VERSION``, of each package its newest.
    """
    # a line is that of `core.packages.search.format_lines`: name, newest version, how many, yanked, description
    begins = [f"{re.escape(begun)}[^\t\n]*\t[^\t\n]*"]
    if version:
        dashes = [at for at, char in enumerate(begun) if char == "-"]
        begins += [f"{re.escape(begun[:at])}\t{re.escape(begun[at + 1 :])}[^\t\n]*" for at in dashes]
    line = re.compile(f"\n({'|'.join(begins)})\t[^\t\n]*\t[^\t\n]*\t([^\n]*)")
    found: dict[str, str] = {}
    for _, known in _known(home):
        for match in islice(line.finditer("\n" + Catalogue(known).kept()), MOST) if known else ():
            name, _, number = match[1].partition("\t")
            found.setdefault(f"{name}-{number}" if version else name, match[2])
    return sorted(found.items())


def _known(home: Path) -> Iterator[tuple[str, trust.Known | None]]:
    names = set(trust.names(home))
    if (home / "index" / TIMESTAMP).exists():
        names.add(trust.LOCAL)  # one's own is trusted without anybody having said so
    for name in sorted(names, key=lambda name: (name != trust.LOCAL, name)):
        known = None
        with contextlib.suppress(GuildError, OSError):
            known = trust.find(home, name)
        yield name, known
