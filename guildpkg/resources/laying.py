"""What a source turned out to be -> files in the working directory, and a row for each that the record gets.

Folders are real folders: a script that deletes one deletes nothing of anybody else. Files are copies (where the file
system can, sharing their blocks), or links that nobody may write through, and read-only; `target-type: copy` gives a
script files that it may change, `target-type: link` links to the files where they are. What was there before is never
replaced.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Final

from guildpkg.core.archive.layout import fold
from guildpkg.core.digests import Entry, Sha256, tree_digest
from guildpkg.core.events import Progress, Warn
from guildpkg.core.project.resource_names import BadName, Taken, joined, take, targets
from guildpkg.core.runs.record import ResourceRow
from guildpkg.core.words import count
from guildpkg.errors import DependencyError, IntegrityError
from guildpkg.lean import dataclass
from guildpkg.resources.request import Ask, File, Found, World
from guildpkg.resources.sealing import Seal, seal
from guildpkg.resources.unfold import bad_hash
from guildpkg.system.disk import hash_file
from guildpkg.system.place import Way, place_file, sweep_parts

MOST_ROWS: Final = 100
"""Files and folders of one source that get a row each; more are one row."""


@dataclass(slots=True)
class Layer:
    """Lays one source after the other, and remembers what it laid.

    Attributes:
        world: Where.
        laid: What lies where, by folded path, and which source it came from.
        seals: Every file that may not change.
    """

    world: World
    laid: dict[bytes, str] = field(default_factory=dict)
    seals: list[Seal] = field(default_factory=list)

    def lay(self, found: Found, ask: Ask) -> tuple[ResourceRow, ...]:
        """Lay what was found.

        Raises:
            DependencyError: Two files would get one name, or a name leads out.
            IntegrityError: A file is not what it should be.
            ArchiveError: Something that is no folder is in the way.
            DiskFull: There is no room.
        """
        if found.rows or not found.files:
            return found.rows
        try:
            names = [file.path for file in found.files]
            taken = take(names, ask.source.select, ask.source.rename, keep=ask.source.preserve_path)
        except BadName as error:
            raise DependencyError(str(error), hint="change `select`, `rename` or `path` in the project file") from error
        if not taken:
            self.world.report(Warn(f"nothing is laid for {ask.called}: `select` matches none of its files"))
        _check_single(found, taken, ask)
        laying = _Laying(self, found, ask, joined(ask.need.resource.path, ask.source.path, found.prefix))
        return laying.run(taken)


def _check_single(found: Found, taken: Sequence[Taken], ask: Ask) -> None:
    """Refuse a hash that is about several files."""
    names = {file.path for file in found.files}
    if ask.source.sha256 and not found.proved and (len(taken) != 1 or taken[0].origin not in names):
        hint = "`select` the one file, or leave sha256 out"
        raise DependencyError(f"sha256 is that of one file, and {ask.called} is several", hint=hint)


@dataclass(slots=True)
class _Laying:
    """One source while it is laid."""

    layer: Layer
    found: Found
    ask: Ask
    folder: str
    kept: list[str] = field(default_factory=list)

    def run(self, taken: Sequence[Taken]) -> tuple[ResourceRow, ...]:
        world, origins = self.layer.world, {file.path: file for file in self.found.files}
        plan = [(origins[path], target, item) for path, target, item in targets(origins, taken)]
        if link := self._link_above():
            world.report(Warn(f"{link} is a link that was there before: what it leads to is used as it is"))
            return (ResourceRow(self.ask.need.resource.name, link, os.path.realpath(world.base / link)),)
        if world.lasting:
            sweep_parts(world.base, [joined(self.folder, target) for _, target, _ in plan])
        task, total, done = f"Laying out {self.ask.called}", sum(_size(f.origin) for f, _, _ in plan), 0
        entries: dict[Taken, list[Entry]] = {item: [] for item in taken}
        try:
            for file, target, item in plan:
                entry = self._one(file, target)
                entries[item].append(entry)
                done += entry.size
                world.report(Progress(task, done, total))
        finally:
            world.report(Progress(task, done, total, finished=True))
        if self.kept:
            more = f" and {count(len(self.kept) - 1, 'more file')}" if len(self.kept) > 1 else ""
            said = f"{self.kept[0]}{more} was there before and differs from {self.found.source}: it is used as it is"
            world.report(Warn(f"{said} (delete it to have it laid anew)"))
        return self._rows(entries)

    def _link_above(self) -> str:
        """Give the folder of the user on the way that is a link; empty when there is none."""
        parts = self.folder.split("/")
        ways = ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
        return next((way for way in ways if way and (self.layer.world.base / way).is_symlink()), "")

    def _one(self, file: File, below: str) -> Entry:
        world, target = self.layer.world, joined(self.folder, below)
        writable = self.ask.target_type == "copy"
        executable = os.access(file.origin, os.X_OK)
        try:
            place = place_file(
                file.origin, world.base, target, way=self._way(), writable=writable, durable=world.lasting
            )
            digest = hash_file(place)
        except FileNotFoundError as error:
            raise self._damaged(file, "is missing") from error
        except FileExistsError:
            place = world.base / target
            digest = self._known(file, place, target)
        else:
            self._prove(file, digest, place)
        self.layer.laid[fold(os.fsencode(target))] = self.ask.called
        size = place.stat().st_size
        if not writable:
            row = ResourceRow(self.ask.need.resource.name, target, self.found.source, digest, size)
            self.layer.seals.append(seal(place, row))
        return Entry(os.fsencode(below), "file", executable, size, digest)

    def _way(self) -> Way:
        kind = self.ask.target_type
        if kind == "link" and self.found.way == "copy":
            return "link"
        return "copy" if kind == "copy" and self.found.way == "sealed" else self.found.way

    def _known(self, file: File, place: Path, target: str) -> Sha256:
        """Hash what was there already, and say whether it is all right that it is."""
        if place.is_dir():
            hint = "give the resource another `path`, or remove it"
            raise DependencyError(f"{target} is a folder, and {self.ask.called} is laid there", hint=hint)
        digest = hash_file(place) if place.exists() else Sha256("")
        other = self.layer.laid.get(fold(os.fsencode(target)), "")
        if digest == hash_file(file.origin):
            return digest
        if other:
            hint = "give one of them another `path`, or `select` or `rename` its files"
            raise DependencyError(f"{other} has another file of the name {target}", hint=hint)
        if not place.exists():
            raise DependencyError(f"{target} is a link that leads nowhere", hint="remove it")
        self.kept.append(target)
        return digest

    def _prove(self, file: File, digest: Sha256, place: Path) -> None:
        """Insist on the hashes that are known beforehand; what is wrong is taken away again."""
        if file.sha256 and digest != file.sha256:
            place.unlink()
            raise self._damaged(file, "has changed")
        if self.ask.source.sha256 and not self.found.proved and digest != self.ask.source.sha256:
            place.unlink()
            raise bad_hash(file.path, self.ask.source.sha256, digest)

    def _damaged(self, file: File, what: str) -> IntegrityError | DependencyError:
        if file.sha256:
            name = self.found.source.rpartition("-")[0]
            return IntegrityError(f"{file.path} of {self.found.source} {what}", hint=f"guild verify {name} --repair")
        return DependencyError(f"{file.origin} {what}")

    def _rows(self, entries: dict[Taken, list[Entry]]) -> tuple[ResourceRow, ...]:
        """Write a row for each file or folder, or one for all of very many."""
        if len(entries) > MOST_ROWS:
            every = [entry for listed in entries.values() for entry in listed]
            return (self._row(self.folder or ".", tree_digest(every), every),)
        rows = []
        for item, listed in entries.items():
            place = os.fsencode(item.target)
            if len(listed) == 1 and listed[0].path == place:
                digest = listed[0].sha256
            else:
                inside = (Entry(e.path[len(place) + 1 :], e.kind, e.executable, e.size, e.sha256) for e in listed)
                digest = tree_digest(inside)
            rows.append(self._row(joined(self.folder, item.target), digest, listed))
        return tuple(rows)

    def _row(self, path: str, digest: Sha256, entries: Sequence[Entry]) -> ResourceRow:
        size = sum(entry.size for entry in entries)
        return ResourceRow(self.ask.need.resource.name, path, self.found.source, digest, size)


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0
