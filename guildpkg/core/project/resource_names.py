"""Which files of a source a resource takes, and what they are called where they are laid.

Paths are text with ``/`` between the parts, as `os.fsdecode` gives them, relative to the root of the source (a folder,
an unpacked archive, what a run wrote). Nothing is looked at here.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote, urlsplit

from guildpkg.core.archive.layout import check_path
from guildpkg.core.project.parts import Rename
from guildpkg.lean import dataclass


class BadName(ValueError):
    """A name that cannot be laid; the message says which one and why."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One file or one folder with all that is in it, and where it goes.

    Attributes:
        origin: Path below the root of the source; empty for the root itself.
        target: Path below the folder of the resource; empty for that folder itself.
    """

    origin: str
    target: str


def take(files: Iterable[str], select: Sequence[str], rename: Sequence[Rename], *, keep: bool) -> tuple[Taken, ...]:
    """Choose what is taken out of a folder.

    Args:
        files: Every file below the root.
        select: Regular expressions; what one of them matches from its first to its last character is taken. A folder
            that matches is taken as a whole. None of them: everything at the root.
        rename: How the names change.
        keep: Whether what is selected keeps the folders above it; else it is laid by its name alone.

    Raises:
        BadName: A name cannot be laid, or two of what is taken would have the same one.
    """
    listed = sorted(set(files))
    taken: dict[str, str] = {}
    for origin in _selected(listed, select) if select else _tops(listed):
        target = renamed(origin if keep else posixpath.basename(origin), rename)
        if (other := taken.setdefault(target, origin)) != origin:
            raise BadName(f"{other} and {origin} would both be laid as {target}")
    for target, origin in taken.items():
        if above := next((folder for folder in _above(target) if folder in taken), None):
            raise BadName(f"{origin} would be laid inside of {above}, which is {taken[above]}")
    return tuple(Taken(origin, target) for target, origin in taken.items())


def targets(files: Iterable[str], taken: Iterable[Taken]) -> Iterator[tuple[str, str, Taken]]:
    """Say where each file of what is taken goes.

    Yields:
        The file's path in the source, where it is laid, and what it was taken with.
    """
    by_origin = {item.origin: item for item in taken}
    for path in files:
        for place in (*_above(path), path):
            if (item := by_origin.get(place)) is not None:
                yield path, item.target + path[len(place) :], item
                break


def _tops(files: Sequence[str]) -> Iterator[str]:
    yield from dict.fromkeys(path.partition("/")[0] for path in files)


def _selected(files: Sequence[str], select: Sequence[str]) -> Iterator[str]:
    patterns = [re.compile(pattern) for pattern in select]
    known: dict[str, bool] = {}

    def wanted(path: str) -> bool:
        if path not in known:
            known[path] = any(pattern.fullmatch(path) for pattern in patterns)
        return known[path]

    found = (next((place for place in (*_above(path), path) if wanted(place)), None) for path in files)
    yield from dict.fromkeys(path for path in found if path is not None)


def _above(path: str) -> Iterator[str]:
    """Give the folders above a path, the outermost first."""
    parts = path.split("/")
    yield from ("/".join(parts[:depth]) for depth in range(1, len(parts)))


def renamed(name: str, rename: Sequence[Rename]) -> str:
    """Change a name by the first pattern that is found in it, and check what comes out.

    Raises:
        BadName: What comes out is no path inside of a folder.
    """
    for rule in rename:
        try:
            changed, count = re.subn(rule.pattern, rule.replacement, name, count=1)
        except (re.error, IndexError) as error:
            raise BadName(f"{rule.replacement!r} cannot replace {rule.pattern!r}: {error}") from error
        if count:
            checked(changed, was=name)
            return changed
    return checked(name, was=name)


def checked(name: str, *, was: str) -> str:
    """Give a name back that can be laid.

    Raises:
        BadName: It is no path inside of a folder.
    """
    if problem := check_path(name.encode("utf-8", "surrogateescape")):
        what = f"{was!r} cannot be laid" if name == was else f"{was!r} cannot be renamed to {name!r}"
        raise BadName(f"{what}: {problem}")
    return name


def name_in(url: str) -> str:
    """Give the file name at the end of a URL's path; empty when there is none that can be one."""
    name = posixpath.basename(unquote(urlsplit(url).path))
    return "" if not name.isprintable() or check_path(name.encode("utf-8", "surrogateescape")) else name


def joined(*folders: str) -> str:
    """Join folders that may be empty or ``.``, without going outside."""
    whole = posixpath.normpath("/".join(filter(None, folders)) or ".")
    return "" if whole == "." else whole
