"""Where a symbolic link leads, worked out on paper: nothing is looked up on disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

_MOST_HOPS: Final = 40


def landing(path: bytes, links: Mapping[bytes, bytes]) -> bytes | None:
    """Follow *path* as the system would, through every link on its way.

    Args:
        path: Relative path of a file or link, from the root of the tree.
        links: Path to target, of every link of the tree.

    Returns:
        The path arrived at, whether or not there is anything; empty for the root, and for links that run in a circle.
        None when the way leaves the tree: an absolute target, or ``..`` above the root.
    """
    here: list[bytes] = []
    ahead = deque(path.split(b"/"))
    hops = 0
    while ahead:
        part = ahead.popleft()
        if part == b".." and not here:
            return None
        if part == b"..":
            here.pop()
        elif part not in (b"", b"."):
            here.append(part)
            target = links.get(b"/".join(here))
            if target is not None:
                hops += 1
                if target.startswith(b"/"):
                    return None
                if hops > _MOST_HOPS:
                    return b""
                here.pop()
                ahead.extendleft(reversed(target.split(b"/")))
    return b"/".join(here)
