"""`guild outdated`: what happened upstream since the lock was written, and which patches it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guildpkg.core.words import count
from guildpkg.errors import GuildError, PatchError
from guildpkg.lean import dataclass
from guildpkg.patches.read import read_patch
from guildpkg.pipeline.package.fetch import pin_of
from guildpkg.pipeline.setting import Setting
from guildpkg.recipe.folder import open_folder, patch_bytes
from guildpkg.sources.git.history import Ahead, look
from guildpkg.sources.request import Request


@dataclass(frozen=True, slots=True)
class Outdated:
    """How one source stands.

    Attributes:
        name: The source.
        ref: The ref that it follows.
        locked: The locked commit.
        ahead: What happened since.
        patches: Patches that touch files which changed.
    """

    name: str
    ref: str
    locked: str
    ahead: Ahead
    patches: tuple[str, ...]

    @property
    def moved(self) -> bool:
        """True when the ref points elsewhere."""
        return self.ahead.commit != self.locked

    def to_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        ahead = self.ahead
        return {
            "source": self.name,
            "ref": self.ref,
            "locked": self.locked,
            "now": ahead.commit,
            "moved": self.moved,
            "commits": ahead.commits,
            "touching": ahead.touching,
            "more": ahead.more,
            "rewritten": ahead.rewritten,
            "changed": list(ahead.changed),
            "patches": list(self.patches),
        }

    def lines(self) -> list[str]:
        """Write it for people."""
        if not self.moved:
            return [f"{self.name}: {self.ref} is still at {self.locked}"]
        ahead = self.ahead
        found = [f"{self.name}: {self.ref} moved from {self.locked} to {ahead.commit}"]
        if ahead.rewritten:
            found.append("  the locked commit is no part of its history any more")
        if ahead.commits is not None:
            least = "at least " if ahead.more else ""
            touching = "nobody can tell how many" if ahead.touching is None else f"{least}{ahead.touching:,}"
            found.append(f"  {least}{count(ahead.commits, 'commit')} ahead, {touching} of them touching the subtree")
        elif not ahead.rewritten:
            found.append("  by how many commits nobody can tell: the server gives no history without its files")
        found.append(
            f"  {count(len(ahead.changed), 'file')} of the subtree changed"
            + (": nothing to rebuild" * (not ahead.changed))
        )
        found += [f"  {patch} touches a file that changed" for patch in self.patches]
        return found


def outdated(path: Path, shown: str, mirrors: Mapping[str, str], setting: Setting) -> list[Outdated]:
    """Ask the upstreams of a recipe's git sources; nothing is written but the cache.

    Args:
        path: The recipe folder.
        shown: What the user called it.
        mirrors: Stand-in by name of the source.
        setting: The outside world.

    Raises:
        GuildError: There is no lock, or an upstream cannot be asked.
    """
    folder = open_folder(path, shown)
    patches = patch_bytes(folder)
    found = []
    for source in folder.recipe.sources:
        pin = pin_of(folder, source)
        if source.kind != "git":
            continue
        if pin is None:
            raise GuildError(f"{source.name} is not pinned", hint="`guild lock` pins it")
        request = Request(source, folder.path, pin, mirrors.get(source.name, ""))
        ahead = look(request, setting.home, setting.report)
        changed = {f"{source.into}/{name}".lstrip("/") for name in ahead.changed}
        concerned = tuple(name for name, data in patches.items() if _touches(name, data, changed))
        found.append(Outdated(source.name, pin.ref, pin.commit, ahead, concerned))
    return found


def _touches(name: str, data: bytes, changed: set[str]) -> bool:
    raw = {path.encode("utf-8", "surrogateescape") for path in changed}
    try:
        paths = read_patch(name, data, raw.__contains__).paths
    except PatchError:
        return False
    return any(path in raw for path in paths)
