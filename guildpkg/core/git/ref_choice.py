"""Which ref a URL means, once the remote has said what it has.

A page URL such as ``tree/a/b/c`` joins ref and path. `candidates` lists the refs that it may mean, `probe` how to ask
for one that may not exist, and `split_ref` decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from guildpkg.core.git.refs import HEADS, TAGS, GitUrl, ref_problem
from guildpkg.lean import dataclass


@dataclass(frozen=True, slots=True)
class Split:
    """A ref and a path, taken apart.

    Attributes:
        ref: Full name of the ref.
        path: What is left: the path from the repository's root.
        shadowed: Full name of the branch that has the tag's name; empty when there is none.
    """

    ref: str
    path: str
    shadowed: str = ""


def candidates(url: GitUrl) -> tuple[str, ...]:
    """List the full names of the refs that a URL may mean, a ref's name before the longer ones.

    A page URL means tag or branch, and its ref may take up any number of the leading parts of ``REF/PATH``. Nothing
    is listed for commits.
    """
    if url.kind in ("head", "commit"):
        return ("HEAD",) if url.kind == "head" else ()
    spaces = {"tag": (TAGS,), "branch": (HEADS,)}.get(url.kind, (TAGS, HEADS))
    names = url.rest.split("/")
    short = ["/".join(names[: count + 1]) for count in range(len(names))] if url.rest else [url.ref]
    if url.kind == "either" and url.rest.startswith((HEADS, TAGS)):
        return tuple(ref for ref in short[2:] if ref_problem(ref) is None)
    return tuple(space + ref for ref in short if ref_problem(ref) is None for space in spaces)


def split_ref(url: GitUrl, refs: Iterable[str]) -> Split | None:
    """Tell the ref from the path, given the full names of refs that the remote has.

    The longest ref wins, and a tag wins over a branch of the same name: that is git's own order (gitrevisions(7)),
    and tags are not meant to move.

    Returns:
        The split, or None when none of *refs* is meant by the URL.
    """
    there = set(refs)
    found = [ref for ref in candidates(url) if ref in there]
    if not found:
        return None
    if not url.rest:
        return Split(found[-1], url.path)
    longest = max(found, key=lambda ref: (len(_short(url, ref)), ref.startswith(TAGS)))
    same = [ref for ref in found if _short(url, ref) == _short(url, longest) and ref != longest]
    return Split(longest, url.rest[len(_short(url, longest)) :].strip("/"), same[0] if same else "")


def _short(url: GitUrl, ref: str) -> str:
    return ref if url.rest.startswith((HEADS, TAGS)) else ref.removeprefix(TAGS).removeprefix(HEADS)


def probe(ref: str) -> str:
    """Make a pattern that matches *ref*, and hardly anything else.

    git gives up when a ref that is asked for by name does not exist; a pattern may match nothing. It also sends the
    server only what stands before the star, so the server lists few refs instead of all it has.
    """
    head, last = (ref[:-1], ref[-1]) if ref[-2] != "/" else (ref[:-2], ref[-2:])
    return f"{head}*{last}"


def short_names(refs: Iterable[str]) -> tuple[str, ...]:
    """Give the names of branches and tags as people write them, each once."""
    return tuple(dict.fromkeys(ref.removeprefix(TAGS).removeprefix(HEADS) for ref in sorted(refs)))
