"""A package's tar cut into shares that are unpacked apart from each other, each beginning with a block of the .xz.

Where each member lies in the tar follows from the manifest, and what each block holds from the index of the .xz file.
A share is a run of blocks and the members that begin in them. The last of these may end in the block behind, whose
beginning is decoded once more for it; where much of it would be, the share goes on through that block.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Final

from guildpkg.core.archive import tar
from guildpkg.core.archive.xz import Block
from guildpkg.lean import dataclass

TWICE: Final = 8
"""At most one part in so many of a block is decoded twice."""


@dataclass(frozen=True, slots=True)
class Share:
    """Blocks, and the members that begin in them.

    Attributes:
        blocks: What is decoded whole.
        ahead: The block behind them, when the last member ends in it.
        more: Bytes of *ahead* that are needed.
        skipped: Bytes at the beginning, which belong to the share before.
        members: Numbers of the members.
        last: Whether the end of the tar is in it.
    """

    blocks: tuple[Block, ...]
    ahead: Block | None
    more: int
    skipped: int
    members: range
    last: bool

    @property
    def size(self) -> int:
        """Bytes of the blocks when they are decoded."""
        return sum(block.size for block in self.blocks)


def shares(spans: Iterable[int], blocks: Sequence[Block]) -> list[Share] | None:
    """Cut a package into shares.

    Args:
        spans: How many bytes each member takes, in order (`core.archive.tar.span`).
        blocks: Every block of the file.

    Returns:
        The shares, in order; None when the blocks hold more or fewer bytes than the members take.
    """
    starts = list(accumulate(spans, initial=0))
    end = starts.pop()
    if sum(block.size for block in blocks) != end + len(tar.end(end)):
        return None
    found = []
    for (first, begin, over), (behind, until, more) in pairwise(_cuts(starts, blocks)):
        ahead = blocks[behind] if more else None
        last = behind == len(blocks)
        found.append(Share(tuple(blocks[first:behind]), ahead, more, over, range(begin, until), last))
    return found


def _cuts(starts: Sequence[int], blocks: Sequence[Block]) -> list[tuple[int, int, int]]:
    """Find where shares begin: number of the block, number of the first member, and bytes before it in the block."""
    cuts = []
    begin = member = 0
    for number, block in enumerate(blocks):
        member = bisect_left(starts, begin, member)
        over = starts[member] - begin if member < len(starts) else 0
        if not number or (member < len(starts) and over * TWICE <= block.size):
            cuts.append((number, member, over))
        begin += block.size
    return [*cuts, (len(blocks), len(starts), 0)]
