"""Whether any symbolic link of a whole tree leaves it, followed the way a kernel does, through other links.

Each link of ``x -> a/b``, ``y -> x/../..`` is harmless as text, and *y* leaves the tree all the same when *x* leads to
a place less deep than it looks. Links that lead nowhere or in a circle harm nobody. `core.archive.links.landing`
answers the question for one path; here every link is followed once, so that a hostile tree of long chains takes no more
time than it takes room.
"""

from __future__ import annotations

from collections.abc import Mapping

from guildpkg.lean import dataclass


@dataclass(slots=True)
class _Walk:
    """A link that is being followed: what is left of its target, last part first, and where we are."""

    link: bytes
    parts: list[bytes]
    place: bytes


def first_leaving(links: Mapping[bytes, bytes]) -> bytes | None:
    """Find a link that leaves the tree.

    Args:
        links: All links of a tree, path to relative target; no link lies below another link.

    Returns:
        A link whose target, followed through the other links, passes above the root; None if there is none.
    """
    ends: dict[bytes, bytes | None] = {}
    for link in links:
        if link not in ends and (found := _follow(link, links, ends)) is not None:
            return found
    return None


def _follow(start: bytes, links: Mapping[bytes, bytes], ends: dict[bytes, bytes | None]) -> bytes | None:
    """Follow one link and note in *ends* where it and those on its way end; None there means in a circle."""
    walks = [_enter(start, links, ends)]
    while walks:
        walk = walks[-1]
        if not walk.parts:
            ends[walk.link] = walk.place
            walks.pop()
            if walks:
                walks[-1].place = walk.place
            continue
        part = walk.parts.pop()
        if part == b"..":
            if not walk.place:
                return walk.link
            walk.place = walk.place.rpartition(b"/")[0]
        elif part not in (b"", b"."):
            place = walk.place + b"/" + part if walk.place else part
            if place not in links:
                walk.place = place
            elif place not in ends:
                walks.append(_enter(place, links, ends))
            elif (end := ends[place]) is not None:
                walk.place = end
            else:
                return None  # a circle: none of those that led here ends anywhere
    return None


def _enter(link: bytes, links: Mapping[bytes, bytes], ends: dict[bytes, bytes | None]) -> _Walk:
    ends[link] = None
    return _Walk(link, links[link].split(b"/")[::-1], link.rpartition(b"/")[0])
