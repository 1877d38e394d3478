"""What the URL of a git source says about the state that it means, without asking anybody."""

from __future__ import annotations

from guildpkg.core.git.refs import HEADS, GitUrl, parse_git_url

_BRANCHES = {
    *("HEAD", "master", "main", "trunk", "develop", "devel", "dev", "default"),
    *("next", "nightly", "latest", "stable", "staging"),
}
"""Names that are branches, or tags that are moved like branches, wherever they occur."""


def names_commit(text: str) -> bool:
    """Tell whether a git source names the full id of a commit."""
    url = parse_git_url(text)
    return isinstance(url, GitUrl) and url.kind == "commit"


def names_branch(text: str) -> str:
    """Give what moves below a git source: the name of a branch, or an empty string when it does not look like one.

    Only the server knows for sure. Here a ref counts as a branch when the URL says so, when it says nothing (then it
    is the server's default branch), or when the name is one that branches have everywhere.
    """
    url = parse_git_url(text)
    if not isinstance(url, GitUrl):
        return ""
    if url.kind == "head":
        return "the default branch"
    first = url.ref or url.rest.removeprefix(HEADS).partition("/")[0]
    moves = url.kind == "branch" or (url.kind == "either" and (first in _BRANCHES or url.rest.startswith(HEADS)))
    return f"the branch {first}" if moves else ""
