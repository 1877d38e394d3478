"""What a user names to be installed: archives and URLs, which are read, and names with ranges."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from guildpkg.core.digests import Sha256
from guildpkg.core.recipe.model import PackageNeed
from guildpkg.core.recipe.needs import package_needs
from guildpkg.errors import GuildError, UsageFault
from guildpkg.install.lay import Archive, read_archive
from guildpkg.pipeline.setting import Setting
from guildpkg.stores.downloads import Downloads
from guildpkg.system.http.download import Wanted
from guildpkg.system.http.transfer import shown

_ARCHIVE: Final = re.compile(r"\.pkg\.tar\.\w+$")
_FRAGMENT: Final = re.compile(r"[^#]*#sha256=([0-9a-f]{64})")


def read_words(
    words: Sequence[str], locate: Callable[[str], Path], setting: Setting, *, offline: bool
) -> tuple[list[Archive], list[PackageNeed]]:
    """Read the words of a command line.

    Args:
        words: Archives, URLs, and names with ranges.
        locate: Makes a path that the user named absolute.
        setting: The outside world.
        offline: True when the network must not be used.

    Raises:
        UsageFault: A word is none of these.
        GuildError: An archive cannot be had or read.
    """
    archives: list[Archive] = []
    needs: list[PackageNeed] = []
    for word in words:
        if "://" in word:
            archives.append(_fetched(word, setting, offline=offline))
        elif _ARCHIVE.search(word) or "/" in word:
            archives.append(_local(word, locate(word)))
        else:
            needs += needs_of(word)
    return archives, needs


def needs_of(word: str) -> tuple[PackageNeed, ...]:
    """Read names with ranges.

    Raises:
        UsageFault: It is none.
    """
    found, problems = package_needs(word)
    if problems or not found:
        problem, hint = problems[0] if problems else (f"{word!r} names no package", "")
        raise UsageFault(problem, hint=hint or "name a package, an archive or a URL")
    return found


def _local(word: str, path: Path) -> Archive:
    if not path.is_file():
        hint = "a folder is no archive: `guild package` makes one" if path.is_dir() else "look at the path"
        raise GuildError(f"there is no archive {word}", hint=hint)
    return read_archive(path, explicit=True, origin=str(path))


def _fetched(word: str, setting: Setting, *, offline: bool) -> Archive:
    url, mark, _ = word.partition("#")
    pinned = _FRAGMENT.fullmatch(word)
    if mark and pinned is None:
        raise UsageFault(f"{shown(url)}: what stands behind # is not sha256=DIGEST")
    wanted = Wanted(url, Sha256(pinned[1]) if pinned else None)
    cached = Downloads(setting.home, offline=offline, report=setting.report).get(wanted)
    return read_archive(cached.path, explicit=True, origin=shown(url), digest=cached.sha256)
