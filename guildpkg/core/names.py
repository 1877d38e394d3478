"""Names of packages, their versions, and the names of the archives that carry both.

A name is ``[a-z0-9][a-z0-9+._-]*``; a version is PEP 440 in its canonical spelling. A canonical version has no ``-``,
so the name of an archive splits at its last one.
"""

from __future__ import annotations

import re
from typing import Final

from guildpkg.errors import ArchiveError

MOST_NAME: Final = 100
"""Most characters of a package name: an archive's name, with version and endings, has to fit in 255 bytes."""

MOST_VERSION: Final = 100
"""Most characters of a version, for the same reason."""

_NAME = re.compile(r"[a-z0-9][a-z0-9+._-]*")


def check_name(text: str) -> str | None:
    """Say what is wrong with a package name.

    Returns:
        The problem, as a sentence without a full stop, or None when it is a good name.
    """
    if len(text) > MOST_NAME:
        return f"the name {text[:20]!r}... is too long: it has {len(text)} characters, {MOST_NAME} are allowed"
    if _NAME.fullmatch(text):
        return None
    allowed = "lower-case letters, digits, + . _ and -, beginning with a letter or digit"
    return f"{text!r} is not a package name: use {allowed}"


def canonical_version(text: str) -> str | None:
    """Give the canonical spelling of a PEP 440 version, or None when *text* is not one."""
    from packaging.version import InvalidVersion, Version  # which a search, that needs names only, does without

    if len(text) > MOST_VERSION:
        return None
    try:
        canonical = str(Version(text))
    except InvalidVersion:
        return None
    return canonical if len(canonical) <= MOST_VERSION else None


def archive_name(name: str, version: str, compression: str) -> str:
    """Name the archive of a package: ``NAME-VERSION.pkg.tar.xz``."""
    return f"{name}-{version}.pkg.tar.{compression}"


def split_package(text: str) -> tuple[str, str]:
    """Take ``NAME-VERSION`` apart; the version is made canonical.

    Raises:
        ArchiveError: It is something else.
    """
    name, _, version = text.rpartition("-")
    canonical = canonical_version(version)
    if not name or check_name(name) is not None or canonical is None:
        raise ArchiveError(f"{text!r} is not NAME-VERSION", hint="for example mnist-tutorial-src-1")
    return name, canonical


def original_of(path: str) -> str:
    """Give the path that *path* is a copy of by its name: ``a/b`` for ``a.orig/b``; empty when it is none."""
    parts = path.split("/")
    copied = next((at for at, part in enumerate(parts) if part.endswith(".orig") and part != ".orig"), None)
    return "" if copied is None else "/".join([*parts[:copied], parts[copied][:-5], *parts[copied + 1 :]])
