"""An archive of runs -> runs. All of it is read and verified before the first run appears."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path

from guildpkg.core.archive.layout import show
from guildpkg.core.digests import Entry
from guildpkg.core.events import Progress, Reporter
from guildpkg.core.runs.bundle import LARGEST, MEMBER, Packed, from_bytes
from guildpkg.core.sources import Limits
from guildpkg.core.words import in_bytes
from guildpkg.errors import ArchiveError, DiskFull, Exists, IntegrityError, Unknown
from guildpkg.lean import dataclass
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run, new_name
from guildpkg.system.disk import hash_file, remove, room_for, sync_folder
from guildpkg.system.durable import make_folders, sync_tree
from guildpkg.system.unpack.decode import compression_of, decoded
from guildpkg.system.unpack.feed import Budget, Feed
from guildpkg.system.unpack.package_stream import naming
from guildpkg.system.unpack.tarwalk import Member, TarWalk
from guildpkg.system.unpack.treewriter import TreeWriter, writing

_SPARE = 16 << 20


@dataclass(frozen=True, slots=True)
class Imported:
    """What an archive came to: names of runs that are new, of those that were there, and of those in the trash."""

    new: tuple[str, ...]
    known: tuple[str, ...]
    trashed: tuple[str, ...] = ()


def list_runs(archive: Path) -> dict[str, Packed]:
    """Read which runs an archive holds; only its beginning is read.

    Raises:
        ArchiveError: It is no archive of runs.
    """
    with _walking(archive) as (walk, members):
        return _listing(walk, members)


def choose(packed: Mapping[str, Packed], words: Sequence[str]) -> dict[str, Packed]:
    """Take the runs that words mean, the beginnings of ids; all without words.

    Raises:
        Unknown: A word means no run of the archive.
    """
    for word in words:
        if not any(run.id.startswith(word) for run in packed.values()):
            raise Unknown(f"there is no run {word} in the archive", hint="-n lists what it holds")
    return {name: run for name, run in packed.items() if not words or any(run.id.startswith(word) for word in words)}


def already_there(store: Runs, packed: Mapping[str, Packed]) -> Imported:
    """Say which runs are new, and which need not be imported.

    Raises:
        Exists: There is a run of the same name that is another one.
    """
    found: dict[str, list[str]] = {"new": [], "known": [], "trashed": []}
    for name, run in packed.items():
        where = "new"
        for which, place in (("trashed", store.trash_folder / name), ("known", store.folder / name)):
            if place.exists():
                if not place.joinpath("run.json").is_file() or hash_file(place / "run.json") != run.digest(b"run.json"):
                    raise Exists(f"there is a run {name} already, and it is another one", hint=f"look at {place}")
                where = which
        found[where].append(name)
    return Imported(*(tuple(names) for names in found.values()))


def import_runs(store: Runs, archive: Path, words: Sequence[str], report: Reporter) -> Imported:
    """Take the runs of an archive in; those that are there already are left as they are.

    Args:
        store: Where they go.
        archive: The archive.
        words: Beginnings of ids; all runs without any.
        report: Told how far it is, in bytes of the file.

    Raises:
        ArchiveError: It is no archive of runs, is damaged, or holds what is refused; nothing was imported.
        IntegrityError: A file is not what the list says; likewise.
        Exists: See `already_there`; likewise.
        DiskFull: There is no room; likewise.
    """
    task = f"Reading {archive.name}"
    laid: dict[str, Path] = {}
    try:
        with _walking(archive, report, task) as (walk, members):
            packed = _listing(walk, members)
            plan = already_there(store, choose(packed, words))
            wanted = {name: packed[name] for name in plan.new}
            _room(store, sum(run.size for run in wanted.values()))
            for name, run in packed.items():
                if name in wanted:
                    laid[name] = store.folder / new_name()
                _take(name, run, laid.get(name), walk, members)
            if (extra := next(members, None)) is not None:
                raise IntegrityError(f"{show(extra.name)} is in the archive and not in its list")
            walk.finish()
        for name, place in laid.items():
            if Run(place).record().folder != name:
                raise ArchiveError(f"the record of run {name} is that of another one")
            sync_tree(place)
        for name, place in laid.items():
            place.rename(store.folder / name)
        if laid:
            sync_folder(store.folder)
    except BaseException:
        for place in laid.values():
            remove(place)
        raise
    return plan


@contextlib.contextmanager
def _walking(
    archive: Path, report: Reporter | None = None, task: str = ""
) -> Iterator[tuple[TarWalk, Iterator[Member]]]:
    """Walk through an archive; what fails names it."""
    with naming(archive), archive.open("rb") as file:
        if compression_of(file.read(8)) != "zst":
            raise ArchiveError("it is no archive of runs", hint="`guild runs export` writes one")
        file.seek(0)
        size = os.fstat(file.fileno()).st_size
        # what may come out is bounded by its list, and by the room that there is
        limits = Limits(unpacked=1 << 60, ratio=1 << 40)

        def chunks() -> Generator[bytes, None, None]:
            for chunk in decoded(file.fileno(), "zst"):
                yield chunk
                if report is not None:
                    report(Progress(task, os.lseek(file.fileno(), 0, os.SEEK_CUR), size))

        try:
            with contextlib.closing(Feed(chunks(), Budget(limits, size, archive.name))) as feed:
                walk = TarWalk(feed)
                yield walk, iter(walk)
        finally:
            if report is not None:
                report(Progress(task, size, size, finished=True))


def _listing(walk: TarWalk, members: Iterator[Member]) -> dict[str, Packed]:
    first = next(members, None)
    if first is None or first.name != MEMBER or first.kind != "file" or first.size > LARGEST:
        raise ArchiveError("it is no archive of runs", hint="`guild runs export` writes one")
    return from_bytes(b"".join(walk.content()))


def _room(store: Runs, size: int) -> None:
    with room_for(store.folder):
        make_folders(store.folder)
    free = shutil.disk_usage(store.folder).free
    if size + _SPARE > free:
        raise DiskFull(f"the runs take {in_bytes(size)}, and there are {in_bytes(free)} free", hint="free some space")


def _take(name: str, run: Packed, place: Path | None, walk: TarWalk, members: Iterator[Member]) -> None:
    """Lay a run, or pass over it; either way every member has to be what the list says."""
    with contextlib.ExitStack() as stack:
        tree = None if place is None else stack.enter_context(writing(place, members=2 * len(run.files) + 1000))
        for entry in run.files:
            member = next(members, None)
            if member is None or _plain(member) != (name.encode() + b"/" + entry.path, entry.kind, entry.target):
                raise IntegrityError(f"the archive has not what its list says of {name}/{os.fsdecode(entry.path)}")
            if entry.kind == "file" and member.size != entry.size:
                raise IntegrityError(f"{name}/{os.fsdecode(entry.path)} has not the size that the list says")
            if tree is not None:
                _lay(tree, entry, member, walk)


def _plain(member: Member) -> tuple[bytes, str, bytes]:
    return member.name.rstrip(b"/"), member.kind, member.target


def _lay(tree: TreeWriter, entry: Entry, member: Member, walk: TarWalk) -> None:
    if entry.kind == "dir":
        tree.folder(entry.path)
    elif entry.kind == "link":
        tree.link(entry.path, entry.target)
    else:
        found = tree.file(entry.path, walk.content(), executable=entry.executable, mtime=max(0, member.mtime))
        if found.sha256 != entry.sha256:
            raise IntegrityError(f"{show(entry.path)} has not the SHA-256 that the list says")
