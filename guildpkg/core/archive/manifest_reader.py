"""``.GuildPkg`` bytes -> `Manifest`, with all that is wrong reported at once.

The manifest comes out of an archive, so it is hostile until read: sizes are limited before anything is parsed,
``[files]`` and ``[recipe]`` are read in the one form in which we write them, line by line and in one pass, and only
the small head goes through the general grammar of ``core/ini.py``.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from guildpkg.core import ini
from guildpkg.core.archive.layout import check_entries, show
from guildpkg.core.archive.manifest import BUILD_KEYS, PIN_KEYS, RESERVED, SCHEMA, Build, Kept, Manifest, escape_path
from guildpkg.core.digests import Entry, GitId, Sha256, dir_entry, is_git_id, is_sha256, link_entry
from guildpkg.core.names import canonical_version, check_name
from guildpkg.core.recipe.model import COMPRESSIONS
from guildpkg.core.sources import Pin
from guildpkg.core.words import count
from guildpkg.errors import ArchiveError

MOST_MANIFEST: Final = 64 << 20
"""Largest manifest, bytes: half a million files, or 48 MB of recipe; reading it takes less than 500 MB of memory."""

MOST_HEAD: Final = 1 << 20
"""Largest part before ``[files]``, bytes: the recipe's sections and the ids of its sources."""

MOST_EPOCH: Final = 253_402_300_799
"""Latest time of a package, seconds: the end of the year 9999, the last that has a date."""

MOST_FILES: Final = 1_000_000
MOST_SHOWN: Final = 20
"""Most faults that a message lists."""

_LINE = re.compile(
    rb"\./([A-Za-z0-9._/+%-]+) = (?:([0-7]{4}) (0|[1-9][0-9]{0,17}) ([0-9a-f]{64})|link ([A-Za-z0-9._/+%-]+)|(dir))"
)
"""Path, then mode, size and SHA-256, or target, or ``dir``."""
_TEXTS = tuple(key for key in PIN_KEYS if key not in ("commit", "tree", "sha256", "digest", "time", "size"))
_ESCAPE = re.compile(rb"%([0-9A-F]{2})")
_BUNDLE = re.compile(rb"bundle =(?: (?P<text>[A-Za-z0-9+/=]++(?:\\\n  [A-Za-z0-9+/=]++)*+))?\n")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


def parse_manifest(data: bytes, *, name: str) -> Manifest:
    """Read a manifest.

    Args:
        data: Its text.
        name: What messages call it: the archive it came from.

    Raises:
        ArchiveError: It is too large, of a later schema or damaged; the message lists the faults.
    """
    if len(data) > MOST_MANIFEST:
        raise ArchiveError(f"{name}: the manifest has more than {MOST_MANIFEST >> 20} MiB")
    head, files, recipe = _split(data, name)
    reader = _Reader()
    sections = reader.sections(head)
    manifest = Manifest(
        sections=tuple(Kept(*section) for section in sections if section[0] not in RESERVED),
        build=reader.build(sections),
        pins=tuple(reader.pin(kept[1], dict(kept[2])) for kept in sections if kept[0] == "source"),
        files=reader.files(files, head.count(b"\n") + 2),
        bundle=reader.bundle(recipe),
    )
    reader.package(manifest)
    _refuse(reader.faults, name)
    return manifest


def parse_sections(data: bytes, *, name: str) -> tuple[Kept, ...]:
    """Read the recipe's sections of a manifest alone, as there may be many files; otherwise as `parse_manifest`."""
    reader = _Reader()
    sections = reader.sections(_split(data, name)[0])
    _refuse(reader.faults, name)
    return tuple(Kept(*section) for section in sections if section[0] not in RESERVED)


def _refuse(faults: list[str], name: str) -> None:
    if faults:
        more = [f"and {count(len(faults) - MOST_SHOWN, 'more fault')}"] if len(faults) > MOST_SHOWN else []
        raise ArchiveError("\n".join(f"{name}: .GuildPkg: {fault}" for fault in faults[:MOST_SHOWN] + more))


def _split(data: bytes, name: str) -> tuple[bytes, bytes, bytes]:
    """Cut the text into head, lines of ``[files]`` and lines of ``[recipe]``."""
    head, mark, rest = data.partition(b"\n[files]\n")
    # `[recipe]` may follow the line of `[files]` at once, when there are no files
    files, second, recipe = (b"\n" + rest).partition(b"\n\n[recipe]\n")
    if not mark or not second:
        missing = "[recipe]" if mark else "[files]"
        raise ArchiveError(f"{name}: .GuildPkg: it has no {missing} section, or is cut short")
    if len(head) > MOST_HEAD:
        raise ArchiveError(f"{name}: .GuildPkg: what stands before [files] has more than {MOST_HEAD >> 20} MiB")
    return head, files[1:], recipe


_Raw = tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]


class _Reader:
    """Collects faults while it turns text into values."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def sections(self, head: bytes) -> list[_Raw]:
        try:
            parsed = ini.parse(head.decode("utf-8"), ".GuildPkg")
        except UnicodeDecodeError as error:
            self.faults.append(f"it is not UTF-8: {error.reason} at byte {error.start}")
            return []
        self.faults += [f"line {fault.where.line}: {fault.message}" for fault in parsed.faults]
        seen = set()
        found = []
        for section in parsed.sections:
            if (section.type, section.names) in seen or section.type in ("files", "recipe"):
                self.faults.append(f"line {section.line}: {section.title} is there twice")
            seen.add((section.type, section.names))
            if len(section.attrs) != len(section.items):
                self.faults.append(f"line {section.line}: {section.title} sets an attribute twice, or has a directive")
            attrs = tuple((attr.name, attr.squeezed) for attr in section.attrs.values())
            found.append((section.type, section.names, attrs))
        return found

    def package(self, manifest: Manifest) -> None:
        if problem := check_name(manifest.name):
            self.faults.append(f"[package]: {problem}")
        if canonical_version(manifest.version) != manifest.version:
            self.faults.append(f"[package]: {manifest.version!r} is not a canonical version")
        self.faults += check_entries(manifest.files)

    def build(self, sections: list[_Raw]) -> Build:
        values = next((dict(attrs) for kind, names, attrs in sections if (kind, names) == ("build", ())), {})
        self.faults += [f"[build] has no {key}" for key in BUILD_KEYS if key not in values]
        schema = self._number("[build]", "schema", values) or SCHEMA
        if schema > SCHEMA:
            self.faults.append(f"it has schema {schema}, this guild knows {SCHEMA}: a later guildpkg made it")
        for key in ("recipe", "lock"):
            self._check("[build]", key, ok=is_sha256(values.get(key, "")))
        epoch = self._number("[build]", "epoch", values) or 0
        self._check("[build]", "epoch", ok=epoch <= MOST_EPOCH)
        self._check("[build]", "compression", ok=values.get("compression") in COMPRESSIONS)
        return Build(
            guildpkg=values.get("guildpkg", ""),
            epoch=epoch,
            recipe=Sha256(values.get("recipe", "")),
            lock=Sha256(values.get("lock", "")),
            compression=values.get("compression", ""),
            settings=tuple((key, value) for key, value in values.items() if key not in BUILD_KEYS),
        )

    def pin(self, names: tuple[str, ...], attrs: dict[str, str]) -> Pin:
        title = f'[source "{names[0]}"]' if names else "[source]"
        if len(names) != 1:
            self.faults.append(f"{title} should have one name")
        values = {key: self._plain(title, attrs.get(key, "")) for key in PIN_KEYS}
        for key in ("commit", "tree"):
            self._check(title, key, ok=not values[key] or is_git_id(values[key]))
        for key in ("sha256", "digest"):
            self._check(title, key, ok=not values[key] or is_sha256(values[key]))
        time = self._number(title, "time", values) if values["time"] else None
        size = self._number(title, "size", values) if values["size"] else None
        return Pin(
            name=self._plain(title, "".join(names[:1])),
            time=time,
            size=size or 0,
            commit=GitId(values["commit"]),
            tree=GitId(values["tree"]),
            sha256=Sha256(values["sha256"]),
            digest=Sha256(values["digest"]),
            **{key: values[key] for key in _TEXTS},
        )

    def files(self, text: bytes, line: int) -> tuple[Entry, ...]:
        found: list[Entry] = []
        if not text:
            return ()
        for number, content in enumerate(text.split(b"\n"), line):
            entry = self._file(content, number)
            if entry is None:
                continue
            if found and entry.path <= found[-1].path:
                wrong = "there twice" if entry.path == found[-1].path else "out of order"
                self.faults.append(f"line {number}: {show(entry.path)} is {wrong}")
            found.append(entry)
            if len(found) > MOST_FILES or len(self.faults) > MOST_SHOWN:
                self.faults.append(f"line {number}: reading ends here")
                break
        return tuple(found)

    def _file(self, content: bytes, number: int) -> Entry | None:
        match = _LINE.fullmatch(content)
        if match is None:
            self.faults.append(f"line {number}: {show(content[:60])} is not a line of [files]")
            return None
        path, mode, size, digest, target, folder = match.groups()
        if b"%" in path:
            path = self._unescape(path, number)
        if target is not None:
            return link_entry(path, self._unescape(target, number))
        if folder is not None:
            return dir_entry(path)
        if mode not in (b"0644", b"0755"):
            wrong = f"has the mode {mode.decode()}, only 0644 and 0755 are allowed"
            self.faults.append(f"line {number}: {show(path)} {wrong}")
        return Entry(path, "file", mode == b"0755", int(size), Sha256(digest.decode()))

    def _unescape(self, text: bytes, number: int) -> bytes:
        if b"%" not in text:
            return text
        plain = _unescaped(text)
        if escape_path(plain) != text:
            self.faults.append(f"line {number}: {show(text)} is not escaped the way it should be")
        return plain

    def bundle(self, text: bytes) -> bytes:
        match = _BUNDLE.fullmatch(text)
        try:
            if match is not None:
                return base64.b64decode((match["text"] or b"").replace(b"\\\n  ", b""), validate=True)
        except binascii.Error:
            pass
        self.faults.append("[recipe] has no sound bundle")
        return b""

    def _plain(self, title: str, text: str) -> str:
        if not text.isascii():
            self.faults.append(f"{title} has a value that is not escaped")
            return text
        return _unescaped(text.encode()).decode("utf-8", "surrogateescape")

    def _number(self, title: str, key: str, values: dict[str, str]) -> int | None:
        text = values.get(key, "0")
        self._check(title, key, ok=_NUMBER.fullmatch(text) is not None)
        return int(text) if _NUMBER.fullmatch(text) else None

    def _check(self, title: str, key: str, *, ok: bool) -> None:
        if not ok:
            self.faults.append(f"{title}: {key} is damaged")


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text)
