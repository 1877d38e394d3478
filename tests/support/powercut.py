"""A store as a power cut leaves it: what was not synced is lost, in part or in whole, or became zeros.

A process that runs with `JOURNAL` as its preface writes down every `os.fsync` as it happens: of a file its inode and
size, of a folder the names in it. `cut` takes a copy of the store, made while all writers stood still, and what was in
the journal by then, and takes away what a disk need not have.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

PREFACE = """
import json, os, stat
_fsync, _journal = os.fsync, os.open(os.environ["SYNCED"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def fsync(fd):
    _fsync(fd)
    about = os.fstat(fd)
    line = {"inode": about.st_ino, "size": about.st_size}
    if stat.S_ISDIR(about.st_mode):
        line = {"inode": about.st_ino, "names": {e.name: e.inode() for e in os.scandir(fd)}}
    os.write(_journal, json.dumps(line).encode() + b"\\n")

os.fsync = fsync
"""


@dataclass(slots=True)
class Synced:
    """What is safe on the disk.

    Attributes:
        sizes: Bytes by inode of a file.
        names: Inode by name, by inode of a folder.
    """

    sizes: dict[int, int] = field(default_factory=dict)
    names: dict[int, dict[str, int]] = field(default_factory=dict)


def read_journal(path: Path) -> Synced:
    """Read what was synced; a line that is being written is not there yet."""
    found = Synced()
    for line in path.read_bytes().split(b"\n")[:-1] if path.exists() else ():
        entry = json.loads(line)
        if "names" in entry:
            found.names[entry["inode"]] = entry["names"]
        else:
            found.sizes[entry["inode"]] = entry["size"]
    return found


def copy_cut(store: Path, copy: Path, synced: Synced, chance: random.Random) -> None:
    """Copy a store at which nobody is writing, as a power cut would leave it."""
    copy.mkdir()
    safe = synced.names.get(store.stat().st_ino, {})
    for item in store.iterdir():
        about = item.lstat()
        # of a name that was not synced nobody knows; a replaced file may be the one before, which is not kept here
        if safe.get(item.name) != about.st_ino and chance.random() < 0.5:
            continue
        if item.is_dir():
            copy_cut(item, copy / item.name, synced, chance)
            continue
        shutil.copy2(item, copy / item.name)
        _lose(copy / item.name, synced.sizes.get(about.st_ino, 0), chance)


def _lose(path: Path, safe: int, chance: random.Random) -> None:
    """Cut off, or make zeros of, bytes that were not synced."""
    size = path.stat().st_size
    if size <= safe or chance.random() < 0.3:
        return
    keep = chance.randint(safe, size)
    times = path.stat()
    with path.open("rb+") as file:
        file.truncate(keep)
        if chance.random() < 0.5:
            file.truncate(size)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
