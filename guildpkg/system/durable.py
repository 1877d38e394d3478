"""Trees and folders that survive a power cut."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from guildpkg.system.disk import sync_folder


def sync_tree(root: Path) -> None:
    """Make all files and names below *root* survive a power cut; it may be missing."""
    for folder, _, names in os.walk(root):
        for name in names:
            if not stat.S_ISREG(Path(folder, name).lstat().st_mode):
                continue
            handle = os.open(Path(folder, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(folder))


def make_folders(folder: Path) -> None:
    """Make a folder and those above it, each so that its name survives a power cut."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)
