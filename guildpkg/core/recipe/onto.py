"""The text of a source that names another ref or release of the same thing."""

from __future__ import annotations

import re
from urllib.parse import quote

from guildpkg.core.digests import is_git_id

_PAGE = re.compile(r"(?P<head>.*?/(?:-/)?(?:tree|blob)/|.*?/src/(?:(?P<kind>tag|branch|commit)/)?)(?P<tail>.+)")


def onto(text: str, ref: str, new: str) -> tuple[str, ...]:
    """Write a source's text for another ref.

    Args:
        text: The source as the recipe has it.
        ref: Short name of its ref as the lock has it, or the id of its commit.
        new: The new ref: a branch, a tag, the id of a commit; of a release, its version.

    Returns:
        The texts that may be meant, the likeliest first; none when a source of that kind has no refs.
    """
    if text.startswith("pypi:"):
        return (f"{text.partition('==')[0]}=={new}",)
    if text.startswith("git+"):
        return _fragments(text, new)
    page = _PAGE.fullmatch(text)
    if page is None:
        return ()
    path = page["tail"].split("/")[ref.count("/") + 1 :]
    tail = "/".join([quote(new), *path])
    if page["kind"] is None:
        return (page["head"] + tail,)
    stem = page["head"].removesuffix(f"{page['kind']}/")
    kinds = ("commit",) if is_git_id(new) else _kinds(page["kind"])
    return tuple(f"{stem}{kind}/{tail}" for kind in kinds)


def _fragments(text: str, new: str) -> tuple[str, ...]:
    url, _, fragment = text.partition("#")
    words = [word.partition("=") for word in fragment.split("&") if word]
    old = next((key for key, _, _ in words if key != "path"), "")
    rest = [f"&path={value}" for key, _, value in words if key == "path"]
    kinds = ("commit",) if is_git_id(new) else _kinds(old)
    return tuple(f"{url}#{kind}={quote(new)}{''.join(rest)}" for kind in kinds)


def _kinds(old: str) -> tuple[str, ...]:
    return ("branch", "tag") if old == "branch" else ("tag", "branch")
