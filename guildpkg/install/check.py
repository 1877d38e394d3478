"""An installed tree beside its manifest: what is missing, altered, extra, or has other permissions.

The manifest is known by its SHA-256, which is the tree's name; a bad one is replaced by that of the store of contents.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from guildpkg.core.archive.layout import MANIFEST, Slot, slots
from guildpkg.core.archive.manifest import Manifest
from guildpkg.core.archive.manifest_reader import MOST_MANIFEST, parse_manifest
from guildpkg.core.digests import Sha256, sha256
from guildpkg.core.events import Progress, Reporter, silent
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.stores.contents import EXECUTABLE, Contents, mode_of
from guildpkg.system.disk import hash_file
from guildpkg.system.parallel import in_order

_KINDS: Final = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link"}
_STEP: Final = 64


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as the manifest says.

    Attributes:
        path: Path in the package; empty for its folder.
        word: ``missing``, ``altered``, ``extra`` or ``permission``.
        detail: More, for people.
    """

    path: bytes
    word: str
    detail: str = ""

    @property
    def shown(self) -> str:
        """The path as text; bytes that are no UTF-8 are lone surrogates."""
        return os.fsdecode(self.path) or "."


@dataclass(frozen=True, slots=True)
class Checked:
    """A tree that was looked at.

    Attributes:
        problems: What is wrong, in the order of the paths.
        manifest: Its manifest; None when neither the tree nor the store has a sound one.
        files: Every member as it should be, by path.
    """

    problems: tuple[Problem, ...]
    manifest: Manifest | None
    files: Mapping[bytes, Slot]


def sound_manifest(root: Path, digest: Sha256, contents: Contents) -> bytes | None:
    """Give the text of a tree's manifest, from the tree or from the store of contents."""
    for place in (root / os.fsdecode(MANIFEST), contents.place(digest, executable=False)):
        try:
            if place.is_symlink() or place.stat().st_size > MOST_MANIFEST:
                continue
            text = place.read_bytes()
        except OSError:
            continue
        if sha256(text) == digest:
            return text
    return None


def check_tree(root: Path, digest: Sha256, contents: Contents, *, task: str = "", report: Reporter = silent) -> Checked:
    """Compare a tree with its manifest, down to the content of every file.

    Args:
        root: The tree.
        digest: SHA-256 of its manifest.
        contents: Where its manifest may be had from.
        task: Name of the work in events of progress.
        report: Hears them.
    """
    text = sound_manifest(root, digest, contents)
    if not root.is_dir() or root.is_symlink():
        return Checked((Problem(b"", "missing"),), _parsed(text, digest), {})
    manifest = _parsed(text, digest)
    if manifest is None or text is None:
        return Checked((Problem(MANIFEST, "altered"),), None, {})
    expected = {slot.path: slot for slot in slots(manifest.files, len(text))}
    expected[MANIFEST] = Slot(b"./" + MANIFEST, "file", 0o644, len(text), sha256=digest)
    found = dict(_walk(os.fsencode(root)))
    problems = [Problem(path, "extra") for path in found if path not in expected]
    to_hash: list[Slot] = []
    for path, slot in expected.items():
        about = found.get(path)
        if about is None:
            problems.append(Problem(path, "missing"))
        else:
            wrong = _differs(root, slot, about)
            if slot.kind == "file" and (wrong is None or wrong.word == "permission"):
                to_hash.append(slot)
            problems += [wrong] if wrong else []
    problems += _altered(root, to_hash, task, report)
    # of a file that is altered as well, the permissions are not worth a line
    by_path = {problem.path: problem for problem in problems}
    return Checked(tuple(by_path[path] for path in sorted(by_path)), manifest, expected)


def _parsed(text: bytes | None, digest: Sha256) -> Manifest | None:
    if text is None:
        return None
    try:
        return parse_manifest(text, name=digest[:12])
    except GuildError:
        return None


def _walk(root: bytes, below: bytes = b"") -> Iterator[tuple[bytes, os.stat_result]]:
    """Yield what is in a tree, its folder itself included, without following links."""
    place = root + b"/" + below if below else root
    yield below, os.lstat(place)
    with os.scandir(place) as items:
        entries = list(items)
    for item in entries:
        path = below + b"/" + item.name if below else item.name
        if item.is_dir(follow_symlinks=False):
            yield from _walk(root, path)
        else:
            yield path, item.stat(follow_symlinks=False)


def _differs(root: Path, slot: Slot, about: os.stat_result) -> Problem | None:
    """Compare all but the content."""
    kind = _KINDS.get(stat.S_IFMT(about.st_mode), "something else")
    if kind != slot.kind:
        return Problem(slot.path, "altered", f"it is {_named(kind)} and should be {_named(slot.kind)}")
    if kind == "link":
        target = os.readlink(os.path.join(os.fsencode(root), slot.path))  # noqa: PTH115, PTH118 - raw bytes
        return None if target == slot.target else Problem(slot.path, "altered", "it leads elsewhere")
    if kind == "file" and about.st_size != slot.size:
        return Problem(slot.path, "altered", f"it has {about.st_size:,} bytes and should have {slot.size:,}")
    wanted = EXECUTABLE if kind == "dir" else mode_of(executable=slot.mode == 0o755)
    mode = stat.S_IMODE(about.st_mode)
    return None if mode == wanted else Problem(slot.path, "permission", f"{mode:04o} instead of {wanted:04o}")


def _named(kind: str) -> str:
    return {"file": "a file", "dir": "a folder", "link": "a link"}.get(kind, kind)


def _altered(root: Path, files: list[Slot], task: str, report: Reporter) -> Iterator[Problem]:
    """Hash files, several at a time."""
    parts = [files[start : start + _STEP] for start in range(0, len(files), _STEP)]
    total, done = sum(slot.size for slot in files), 0

    def hashed(part: list[Slot]) -> list[Problem]:
        return [problem for slot in part if (problem := _hashed(root, slot)) is not None]

    for part, wrong in zip(parts, in_order(hashed, parts, max(2, os.cpu_count() or 1)), strict=True):
        done += sum(slot.size for slot in part)
        if task:
            report(Progress(task, done, total))
        yield from wrong
    if task:
        report(Progress(task, total, total, finished=True))


def _hashed(root: Path, slot: Slot) -> Problem | None:
    try:
        same = hash_file(root / os.fsdecode(slot.path)) == slot.sha256
    except OSError as error:
        return Problem(slot.path, "altered", f"it cannot be read: {error.strerror}")
    return None if same else Problem(slot.path, "altered", "its content is another one")
