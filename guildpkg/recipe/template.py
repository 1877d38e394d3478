"""The two files that a new recipe begins with.

In: a name. Out: their texts. The texts are package data under ``templates/``; their first build needs no network and
gives an empty package.
"""

from __future__ import annotations

import re
import unicodedata
from importlib import resources

from guildpkg.core.names import MOST_NAME, check_name
from guildpkg.errors import UsageFault

FILES = ("GuildPkg", "packager")

FALLBACK = "package"


def template(name: str) -> dict[str, bytes]:
    """Give the files of a new recipe.

    Args:
        name: Name of the package.

    Returns:
        Content by file name, in the order of `FILES`.

    Raises:
        UsageFault: That is no name for a package.
    """
    if problem := check_name(name):
        raise UsageFault(problem, hint=f"for instance {name_from(name)}")
    folder = resources.files("guildpkg.recipe") / "templates"
    return {file: (folder / file).read_text(encoding="utf-8").replace("{name}", name).encode() for file in FILES}


def name_from(text: str) -> str:
    """Make a package name out of any text, such as the name of a folder."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9+._]+", "-", plain).lstrip("+._-")[:MOST_NAME].rstrip("+._-")
    return name or FALLBACK
