"""``.GuildPkg``, the manifest of a package, as a value and as its one text.

The text is INI in the grammar of ``core/ini.py``: the recipe's sections, ``[build]``, ``[source "NAME"]`` with the
ids, ``[files]``, and ``[recipe]`` with the recipe's own files. It holds only what follows from recipe, lock and
guildpkg version. `core/archive/manifest_reader.py` reads it.

In ``[source]`` values, section names of sources, paths and targets, bytes that would not survive a line are ``%XX``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Final

from guildpkg.core.digests import Entry, Sha256
from guildpkg.core.ini import Attr, Section
from guildpkg.core.sources import Pin
from guildpkg.lean import dataclass

SCHEMA: Final = 1
RESERVED: Final = ("build", "source", "files", "recipe")
"""Sections of a manifest that are not the recipe's: a recipe's own of these types are in the bundle."""

BUILD_KEYS: Final = ("schema", "guildpkg", "epoch", "recipe", "lock", "compression")
PIN_KEYS: Final = tuple(field.name for field in fields(Pin) if field.name != "name")
WIDTH: Final = 100
"""Characters of base64 on one line of the bundle."""

_PATH_UNSAFE = re.compile(rb"[^A-Za-z0-9._/+-]")
_VALUE_UNSAFE = re.compile(rb'[^\x21-\x7e]|[%"\\]')


@dataclass(frozen=True, slots=True)
class Kept:
    """A section of the recipe, as the manifest repeats it.

    Attributes:
        type: Type of the section.
        names: Its names, at most two.
        attrs: Names and values, white space in the values squeezed.
    """

    type: str
    names: tuple[str, ...]
    attrs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Build:
    """The ``[build]`` section: what made the package.

    Attributes:
        guildpkg: Version of guildpkg.
        epoch: SOURCE_DATE_EPOCH, which is the time of every member.
        recipe: SHA-256 of the recipe.
        lock: SHA-256 of the lock.
        compression: ``xz`` or ``zst``.
        settings: What the recipe's own ``[build]`` section says.
    """

    guildpkg: str
    epoch: int
    recipe: Sha256
    lock: Sha256
    compression: str
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a package says of itself.

    Attributes:
        sections: The recipe's sections, except those of a `RESERVED` type.
        build: What made it.
        pins: Its sources.
        files: Every file, link and empty folder in byte order of the paths, the manifest itself left out.
        bundle: A canonical tar of the recipe's own files (`archive/bundle.py`).
    """

    sections: tuple[Kept, ...]
    build: Build
    pins: tuple[Pin, ...] = ()
    files: tuple[Entry, ...] = ()
    bundle: bytes = b""

    @property
    def name(self) -> str:
        """Name of the package."""
        return self.get("package", "name")

    @property
    def version(self) -> str:
        """Canonical version of the package."""
        return self.get("package", "version")

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.files if entry.kind == "file")

    def get(self, kind: str, attr: str) -> str:
        """Give an attribute of the recipe's section of that type without names, or an empty string."""
        found = (dict(kept.attrs).get(attr, "") for kept in self.sections if (kept.type, kept.names) == (kind, ()))
        return next(found, "")


def keep(sections: Iterable[Section], *, version: str = "") -> tuple[Kept, ...]:
    """Take from a recipe the sections that its manifest repeats.

    Args:
        sections: All sections of the recipe.
        version: The version built, where a hook found it; it takes the place of the recipe's.
    """
    kept = []
    for section in sections:
        attrs = {item.name: item.squeezed for item in section.items if isinstance(item, Attr)}
        if section.type == "package" and version:
            attrs["version"] = version
        if section.type not in RESERVED:
            kept.append(Kept(section.type, section.names, tuple(attrs.items())))
    return tuple(kept)


def settings_of(sections: Iterable[Section]) -> tuple[tuple[str, str], ...]:
    """Take from a recipe what its ``[build]`` sections say, for `Build.settings`."""
    attrs = (attr for section in sections if section.type == "build" for attr in section.attrs.values())
    return tuple((attr.name, attr.squeezed) for attr in attrs if attr.name not in BUILD_KEYS)


def format_manifest(manifest: Manifest) -> bytes:
    """Write the text; equal manifests give equal bytes, whatever the order of their files."""
    return b"".join(_lines(manifest))


def _lines(manifest: Manifest) -> Iterator[bytes]:
    yield b"#-*-conf-*-\n"
    for kept in manifest.sections:
        yield from _section(kept)
    build = manifest.build
    own = zip(
        BUILD_KEYS, (SCHEMA, build.guildpkg, build.epoch, build.recipe, build.lock, build.compression), strict=True
    )
    yield from _section(Kept("build", (), (*((key, str(value)) for key, value in own), *build.settings)))
    for pin in manifest.pins:
        known = ((key, getattr(pin, key)) for key in PIN_KEYS)
        attrs = tuple((key, _escape(_VALUE_UNSAFE, str(value))) for key, value in known if value not in ("", None))
        yield from _section(Kept("source", (_escape(_VALUE_UNSAFE, pin.name),), attrs))
    yield b"\n[files]\n"
    for entry in sorted(manifest.files, key=lambda entry: entry.path):
        yield file_line(entry)
    text = base64.b64encode(manifest.bundle)
    yield b"\n[recipe]\nbundle ="
    yield b" " * bool(text) + b"\\\n  ".join(text[at : at + WIDTH] for at in range(0, len(text), WIDTH)) + b"\n"


def _section(kept: Kept) -> Iterator[bytes]:
    header = " ".join([kept.type, *(f'"{name}"' for name in kept.names)])
    yield f"\n[{header}]\n".encode()
    for name, value in kept.attrs:
        # a line may end in a backslash only to go on: an empty line behind it keeps the one before it
        closed = value + "\\\n" if value.endswith("\\") else value
        yield f"{name} = {closed}".rstrip(" ").encode() + b"\n"


def file_line(entry: Entry) -> bytes:
    """Write one line of ``[files]``."""
    path = escape_path(entry.path)
    if entry.kind == "link":
        return b"./%s = link %s\n" % (path, escape_path(entry.target))
    if entry.kind == "dir":
        return b"./%s = dir\n" % path
    return b"./%s = %04o %d %s\n" % (path, entry.mode, entry.size, entry.sha256.encode())


def escape_path(path: bytes) -> bytes:
    """Write a path as the manifest does: bytes outside ``[A-Za-z0-9._/+-]`` as ``%XX``."""
    return _PATH_UNSAFE.sub(lambda found: b"%%%02X" % found[0][0], path)


def _escape(unsafe: re.Pattern[bytes], text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    return unsafe.sub(lambda found: b"%%%02X" % found[0][0], data).decode("ascii")
