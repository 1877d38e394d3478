"""Several files of a recipe changed as one: all of them, also when we are killed in between.

What is to be written stands in ``logs/change.json`` first; whoever opens the folder next, if only to look, finishes
what was begun.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

from guildpkg.system.disk import inside, locked, remove, room_for, sweep, write_atomically

JOURNAL = "change.json"
SCHEMA = 1


def commit(folder: Path, files: Mapping[str, bytes | None], *, moves: Mapping[str, str] | None = None) -> None:
    """Write files, and remove those whose content is None; then put what is ready in the place of other things.

    Args:
        folder: The recipe's folder, held by this process.
        files: Content by path from the folder.
        moves: What is ready -> what it takes the place of, files or folders, both as paths from the recipe's.
    """
    logs = folder / "logs"
    with room_for(logs):
        logs.mkdir(exist_ok=True)
    written = {name: None if data is None else base64.b64encode(data).decode() for name, data in files.items()}
    write_atomically(logs / JOURNAL, json.dumps({"schema": SCHEMA, "files": written, "moves": moves or {}}).encode())
    finish(folder)


def settle_change(folder: Path) -> None:
    """Finish a change that was begun, if there is one, on behalf of somebody who only wants to look.

    Args:
        folder: The recipe's folder.

    Raises:
        Busy: Somebody else held the folder for too long.
    """
    if (folder / "logs" / JOURNAL).is_file():
        with locked(folder):
            finish(folder)


def finish(folder: Path) -> None:
    """Finish a change that was begun, if there is one; call it while holding the folder.

    Raises:
        ArchiveError: The journal names a place outside of the folder.
    """
    journal = folder / "logs" / JOURNAL
    sweep(journal.parent, JOURNAL)
    try:
        told = json.loads(journal.read_bytes())
        files = {str(name): None if data is None else base64.b64decode(data) for name, data in told["files"].items()}
        moves = {str(ready): str(place) for ready, place in told.get("moves", {}).items()}
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        files, moves = {}, {}  # not ours: what we write is there as a whole or not at all
    for name, data in files.items():
        place = inside(folder, name.encode("utf-8", "surrogateescape"))
        sweep(place.parent, place.name)
        if data is None:
            place.unlink(missing_ok=True)
        elif not (place.is_file() and place.read_bytes() == data):
            with room_for(place):
                place.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(place, data)
    for name, target in moves.items():
        ready, place = (inside(folder, path.encode("utf-8", "surrogateescape")) for path in (name, target))
        if ready.is_symlink() or ready.exists():
            remove(place)
            ready.rename(place)
    journal.unlink()
