"""What a refresh that stopped at a conflict still waits for, as ``src/`` is now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from guildpkg.lean import dataclass
from guildpkg.pipeline.patch.refresh_write import MARK, Pending
from guildpkg.recipe.folder import RecipeFolder


@dataclass(frozen=True, slots=True)
class Waiting:
    """The files about which a refresh stopped.

    Attributes:
        files: All of them.
        marked: Those that hold both sides between markers.
        undecided: Those that cannot hold markers (binary, removed on one side, moved), and that nobody has looked at.
    """

    files: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Say what is to be done."""
        if self.marked:
            yield f"A refresh waits: settle the markers in {', '.join(self.marked)}"
        if self.undecided:
            yield (
                f"A refresh waits: decide what is to become of {', '.join(self.undecided)}, without markers (one side "
                "removed, moved or replaced it): edit or remove it, or `touch` it if it is right as it is"
            )
        if self.files and not (self.marked or self.undecided):
            yield "A refresh waits, and nothing is in its way any more"
        if self.files:
            yield "`guild patch save` goes on with it, `guild package -c` forgets it"


def waiting(folder: RecipeFolder, pending: Pending) -> Waiting:
    """Look at the files about which a refresh stopped."""
    marked = tuple(path for path in pending.files if any(map(has_marks, _places(folder.src, path))))
    undecided = tuple(
        path for path in pending.unmarked if path not in marked and is_untouched(folder.src / path, pending)
    )
    return Waiting(pending.files, marked, undecided)


def _places(src: Path, path: str) -> Iterator[Path]:
    """Give the file that counts: that of an edited copy of its entry, where there is one."""
    name, _, rest = path.partition("/")
    copy = src / f"{name}.new"
    yield (copy / rest if rest else copy) if os.path.lexists(copy) else src / path


def has_marks(place: Path | None) -> bool:
    """Tell whether a file, if it is there, holds the two sides of a conflict."""
    return place is not None and place.is_file() and not place.is_symlink() and bool(MARK.search(place.read_bytes()))


def is_untouched(place: Path, pending: Pending) -> bool:
    """Tell whether a file is there and has the time that a refresh gives to what it lays."""
    return os.path.lexists(place) and int(place.lstat().st_mtime) == pending.lock.epoch
