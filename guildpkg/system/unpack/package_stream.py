"""A package archive as a stream: its manifest, then its members, read once from the front.

The file must be xz or zstd, whatever its name; a name that promises one and a content that is another thing is refused
with what the thing is. `system/unpack/packages.py` extracts from this stream, `archive/` reads and verifies it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

from guildpkg.core.archive import tar
from guildpkg.core.archive.layout import MANIFEST, Slot, show, slots
from guildpkg.core.archive.manifest import Manifest
from guildpkg.core.archive.manifest_reader import MOST_MANIFEST, parse_manifest
from guildpkg.core.digests import Sha256, sha256
from guildpkg.core.events import Progress, Reporter, silent
from guildpkg.core.sources import Limits
from guildpkg.errors import ArchiveError, IntegrityError
from guildpkg.lean import dataclass
from guildpkg.system.unpack.decode import compression_of, decoded
from guildpkg.system.unpack.feed import Budget, Feed
from guildpkg.system.unpack.tarwalk import Member, TarWalk

_SPOKEN: Final = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "zstd", "lzma": "lzma"}


@dataclass(frozen=True, slots=True)
class Known:
    """A manifest that was read before.

    Attributes:
        manifest: The manifest.
        size: Bytes of its text.
        sha256: SHA-256 of that.
    """

    manifest: Manifest
    size: int
    sha256: Sha256


@dataclass(frozen=True)
class PackageStream:
    """An open package archive, its manifest read.

    Attributes:
        manifest: The manifest.
        text: Its bytes.
        begun: Differences found in the first two members.
    """

    manifest: Manifest
    text: bytes
    begun: tuple[str, ...]
    _walk: TarWalk
    _feed: Feed

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Every member as it must be, in order."""
        return tuple(slots(self.manifest.files, len(self.text)))

    def members(self) -> Iterator[Member]:
        """Yield the members behind the manifest."""
        return iter(self._walk)

    def skip(self, slot: Slot) -> bool:
        """Skip the header of a member when it is next and exactly as it must be; `content` is its content then."""
        return self._walk.skip(tar.encode(slot, self.manifest.build.epoch), slot.size)

    def content(self) -> Iterable[memoryview]:
        """Give the content of the member that came last."""
        return self._walk.content()

    def differences(self, slot: Slot, member: Member) -> list[str]:
        """Say in which ways a member's header is not what it must be."""
        return _differences(slot, member, self.manifest.build.epoch)

    def end_differences(self) -> list[str]:
        """Read to the end of the file, behind the last member, and say what is wrong there."""
        self._walk.finish()
        written = sum(map(tar.span, self.slots))
        expected = written + len(tar.end(written))
        wrong = [] if self._walk.clean else ["there is something in the gaps between members, or behind the last"]
        if self._feed.position != expected:
            wrong.append(f"the tar inside has {self._feed.position:,} bytes instead of {expected:,}")
        return wrong


@contextlib.contextmanager
def open_package(
    path: Path,
    *,
    limits: Limits | None = None,
    workers: int = 2,
    report: Reporter = silent,
    task: str = "",
    known: Known | None = None,
) -> Iterator[PackageStream]:
    """Open a package archive and read its manifest.

    Args:
        path: The archive.
        limits: Where it stops being plausible.
        workers: Threads that decompress.
        report: Told how far it is, in bytes of the file, when *task* is given.
        task: Name of the work in such events.
        known: A manifest that was read before, which need not be read again when the archive still has it.

    Raises:
        ArchiveError: It is no package archive, or is damaged.
    """
    name = path.name
    with path.open("rb") as file:
        handle = file.fileno()
        size = os.fstat(handle).st_size
        compression = _compression(os.pread(handle, tar.BLOCK, 0), name)

        def step(done: int) -> None:
            if task:
                report(Progress(task, done, size))

        feed = Feed(decoded(handle, compression, workers=workers, step=step), Budget(limits or Limits(), size, name))
        try:
            yield _begin(feed, name, compression, known)
        finally:
            feed.close()
            if task:
                report(Progress(task, size, size, finished=True))


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Put the name of the archive before what is said about its inside."""
    try:
        yield
    except (ArchiveError, IntegrityError) as error:
        if path.name in str(error):
            raise
        raise type(error)(f"{path.name}: {error}", hint=error.hint) from error


def _compression(head: bytes, name: str) -> str:
    """Tell how a package is compressed, or refuse it saying what it is instead."""
    found = compression_of(head)
    promised = name.rpartition(".")[2] if ".pkg.tar." in name else ""
    if found in ("xz", "zst") and promised in ("", found):
        return found
    if found == "bz2" and promised == "xz":
        raise ArchiveError(
            f"{name} is bzip2 under the name of xz, as the guild of 2017 wrote its packages",
            hint="build it again from its recipe with `guild package`",
        )
    what = _SPOKEN.get(found) or _plain_kind(head)
    known = {"xz": "xz", "zst": "zstd"}.get(promised)
    message = f"{name} is {what} under the name of {known}" if known else f"{name} is {what}, not a package archive"
    raise ArchiveError(message, hint="packages are xz or zstd: build it again from its recipe with `guild package`")


def _plain_kind(head: bytes) -> str:
    if not head:
        return "an empty file"
    if head.startswith(b"PK"):
        return "a zip file"
    return "a plain tar" if len(head) == tar.BLOCK and any(head) and tar.sound(head) else "not an archive"


def _begin(feed: Feed, name: str, compression: str, known: Known | None) -> PackageStream:
    """Read the first two members."""
    walk = TarWalk(feed)
    members = iter(walk)
    root, second = next(members, None), next(members, None)
    if root is None or second is None or second.kind != "file" or second.name != b"./" + MANIFEST:
        hint = "a package begins with ./ and ./.GuildPkg; `guild package` makes them"
        raise ArchiveError(f"{name} is not a package: its manifest is not where it should be", hint=hint)
    if second.size > MOST_MANIFEST:
        raise ArchiveError(f"{name}: the manifest has more than {MOST_MANIFEST >> 20} MiB")
    text = b"".join(walk.content())
    same = known is not None and sha256(text) == known.sha256
    manifest = known.manifest if known is not None and same else parse_manifest(text, name=name)
    wrong = []
    for slot, member in zip(slots((), len(text)), (root, second), strict=True):
        wrong += _differences(slot, member, manifest.build.epoch)
    if manifest.build.compression != compression:
        wrong.append(f"the manifest says that the archive is {manifest.build.compression}")
    return PackageStream(manifest, text, tuple(wrong), walk, feed)


def _differences(slot: Slot, member: Member, epoch: int) -> list[str]:
    if member.raw == tar.encode(slot, epoch):
        return []
    if member.name != slot.name:
        return [f"{show(member.name)} stands where {show(slot.name)} should be"]
    shown = show(slot.name)
    facts = {
        f"{shown} is a {member.kind}, the manifest says {slot.kind}": member.kind != slot.kind,
        f"{shown} has the mode {member.mode:04o} instead of {slot.mode:04o}": member.mode != slot.mode,
        f"{shown} has {member.size:,} bytes, the manifest says {slot.size:,}": member.size != slot.size,
        f"{shown} has the time {member.mtime} instead of {epoch}": member.mtime != epoch,
        f"{shown} leads to {show(member.target)}, the manifest says {show(slot.target)}": member.target != slot.target,
        f"{shown} has an owner": member.owned,
    }
    return [text for text, found in facts.items() if found] or [f"{shown} has a header that guild does not write"]
