"""Two archives -> what differs between them: the archives as such, their manifests, their files, their recipes.

Only the files that differ are read; of these at most `MOST` bytes each are looked at for a place and a cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

from guildpkg.archive.bundle import LINK, read_canonical_tar
from guildpkg.archive.read import open_archive
from guildpkg.core.archive.causes import cause_of, place_of
from guildpkg.core.archive.layout import show
from guildpkg.core.archive.manifest import Build, Manifest
from guildpkg.core.digests import Entry
from guildpkg.core.sources import Pin
from guildpkg.errors import ArchiveError
from guildpkg.lean import dataclass
from guildpkg.system.disk import hash_file

MOST: Final = 8 << 20
"""Bytes of a file that are looked at."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Attributes:
        part: ``archive``, ``manifest``, ``source``, ``file`` or ``recipe`` (a file of the recipe inside).
        name: The path, the key, or what it is about.
        what: ``added``, ``removed``, ``content``, ``mode``, ``kind``, ``target``, ``value``, ``gone``,
            ``compression`` or ``member``.
        old: What the first has, in words.
        new: What the second has.
        cause: Why, as far as that shows; empty where *what* says it all.
        detail: Lines that show it: the first bytes that differ, or a diff.
    """

    part: str
    name: str
    what: str
    old: str = ""
    new: str = ""
    cause: str = ""
    detail: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**found, "detail": list(self.detail)}

    def __str__(self) -> str:
        change = f": {self.old or 'nothing'} -> {self.new or 'nothing'}" if self.old or self.new else ""
        because = f" ({self.cause})" if self.cause else ""
        where = self.name if self.part in ("file", "archive") else f"{self.part} {self.name}"
        return f"{where}: {self.what}{because}{change}"


def compare_archives(one: Path, two: Path, *, paths: Sequence[bytes] = ()) -> tuple[Difference, ...]:
    """Compare two archives.

    Args:
        one: The one.
        two: The other.
        paths: Folders that one of the builds was made in, which tell an embedded path.

    Returns:
        What differs; nothing when the files are the same, byte for byte.

    Raises:
        ArchiveError: One of them is no package archive, or is damaged.
    """
    if hash_file(one) == hash_file(two):
        return ()
    with open_archive(one) as first, open_archive(two) as second:
        old, new = first.manifest, second.manifest
    found = [*_manifests(old, new), *_recipes(old, new), *_files(one, two, old, new, paths)]
    if not found:
        found.append(_packing(one, two))
    return tuple(found)


def _packing(one: Path, two: Path) -> Difference:
    with open_archive(one) as first, open_archive(two) as second:
        same = all(a.raw == b.raw for a, b in zip(first.members(), second.members(), strict=False))
        same = same and first.text == second.text
    if same:
        return Difference("archive", "the archive", "compression", cause="another version or setting of the compressor")
    return Difference("archive", "the archive", "member", cause="members are not in the order and form of a manifest")


def _manifests(old: Manifest, new: Manifest) -> Iterator[Difference]:
    one, two = ({(k.type, *k.names, key): value for k in m.sections for key, value in k.attrs} for m in (old, new))
    for place in {**one, **two}:
        if one.get(place) != two.get(place):
            name = f"[{' '.join(place[:-1])}] {place[-1]}"
            yield Difference("manifest", name, "value", one.get(place, ""), two.get(place, ""))
    for field in fields(Build):
        was, now = getattr(old.build, field.name), getattr(new.build, field.name)
        if was != now and field.name not in ("recipe", "lock", "settings"):
            cause = "another version of guildpkg" if field.name == "guildpkg" else ""
            yield Difference("manifest", f"[build] {field.name}", "value", str(was), str(now), cause)
    pins = {pin.name: pin for pin in old.pins}, {pin.name: pin for pin in new.pins}
    for name in {**pins[0], **pins[1]}:
        if pins[0].get(name) != pins[1].get(name):
            yield Difference(
                "source", name, "value", _said(pins[0].get(name)), _said(pins[1].get(name)), "source moved"
            )


def _said(pin: Pin | None) -> str:
    if pin is None:
        return ""
    return f"{pin.ref} {pin.commit} tree {pin.tree}".strip() if pin.commit else pin.sha256 or pin.digest


def _recipes(old: Manifest, new: Manifest) -> Iterator[Difference]:
    one, two = (read_canonical_tar(manifest.bundle, name="the recipe inside") for manifest in (old, new))
    for path in sorted({**one, **two}):
        was, now = one.get(path), two.get(path)
        name = _text(path)
        if was == now:
            continue
        if was is None or now is None:
            yield Difference("recipe", name, "added" if was is None else "removed")
        elif was[1] != now[1]:
            yield Difference("recipe", name, "content", detail=unified(was[1], now[1], name))
        else:
            yield Difference("recipe", name, "mode", _mode(was[0]), _mode(now[0]))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _mode(mode: int) -> str:
    return "link" if mode == LINK else f"{mode:04o}"


def unified(old: bytes, new: bytes, name: str, *, most: int = 200) -> tuple[str, ...]:
    """Write a unified diff of two texts; nothing where one of them is no text, or too large to compare by lines."""
    import difflib

    if max(len(old), len(new)) > MOST // 8:
        return ()
    try:
        before, after = (data.decode("utf-8").splitlines() for data in (old, new))
    except UnicodeDecodeError:
        return ()
    if any("\0" in line for line in (*before, *after)):
        return ()
    found = list(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm=""))
    return (*found[:most], f"... and {len(found) - most} more lines") if len(found) > most else tuple(found)


def _files(one: Path, two: Path, old: Manifest, new: Manifest, paths: Sequence[bytes]) -> Iterator[Difference]:
    was, now = ({entry.path: entry for entry in manifest.files} for manifest in (old, new))
    changed = [path for path in was if path in now and _content_differs(was[path], now[path])]
    first, second = (_contents(archive, changed) for archive in (one, two))
    for path in sorted({**was, **now}):
        a, b = was.get(path), now.get(path)
        name = _text(path)
        if a == b:
            continue
        if a is None or b is None:
            yield Difference("file", name, "added" if a is None else "removed", "", "")
        elif a.kind != b.kind:
            yield Difference("file", name, "kind", a.kind, b.kind, "it is something else")
        elif a.kind == "link":
            yield Difference("file", name, "target", _text(a.target), _text(b.target))
        else:
            if path in first and path in second:
                yield _content(name, first[path], second[path], paths)
            if a.mode != b.mode:
                yield Difference("file", name, "mode", f"{a.mode:04o}", f"{b.mode:04o}", "its mode differs")


def _content_differs(a: Entry, b: Entry) -> bool:
    return a.kind == b.kind == "file" and a.sha256 != b.sha256


def _content(name: str, old: bytes, new: bytes, paths: Sequence[bytes]) -> Difference:
    if old == new:
        text = f"differs behind its first {MOST >> 20} MB"
        return Difference("file", name, "content", cause=text)
    place = place_of(old, new)
    where = f"byte {place.at:,}" + (f", line {place.line:,}" if place.line else "")
    cause = cause_of(old, new, name=name, paths=paths)
    return Difference("file", name, "content", cause=cause, detail=(f"at {where}:", f"- {place.old}", f"+ {place.new}"))


def _contents(archive: Path, wanted: Iterable[bytes]) -> dict[bytes, bytes]:
    """Read the beginnings of some files of an archive."""
    missing = set(wanted)
    found: dict[bytes, bytes] = {}
    if not missing:
        return found
    with open_archive(archive) as package:
        for member in package.members():
            path = member.name[2:].rstrip(b"/")
            if path not in missing or member.kind != "file":
                continue
            data = bytearray()
            for piece in package.content():
                data += piece[: MOST - len(data)]
            found[path] = bytes(data)
            missing.discard(path)
            if not missing:
                break
    if missing:
        raise ArchiveError(f"{archive.name} has not all that its manifest lists: {show(min(missing))} is missing")
    return found


def with_diffs(found: Iterable[Difference], one: Path, two: Path) -> tuple[Difference, ...]:
    """Put a unified diff in the place of the first bytes where a file is text."""
    changed = [item for item in found if item.part == "file" and item.what == "content"]
    raw = {item.name: item.name.encode("utf-8", "surrogateescape") for item in changed}
    first, second = _contents(one, raw.values()), _contents(two, raw.values())
    result = []
    for item in found:
        path = raw.get(item.name) if item in changed else None
        diff = unified(first[path], second[path], item.name) if path in first and path in second else ()
        result.append(replace(item, detail=diff or item.detail) if path else item)
    return tuple(result)
