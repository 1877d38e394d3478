"""``GuildPkg.lock`` as a value: what each source and patch of a recipe turned out to be.

The file is INI in the grammar of ``core/ini.py``, written by the first build and meant for version control. It holds
nothing that depends on the machine, the clock or the mirror: two people who lock one recipe get the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields

from guildpkg.core import ini
from guildpkg.core.digests import GitId, Sha256, is_git_id, is_sha256
from guildpkg.core.sources import Pin, Source
from guildpkg.errors import Fault, RecipeError, Where
from guildpkg.lean import dataclass

SCHEMA = 1
_NUMBER = re.compile(r"[0-9]{1,18}")
DEFAULT_EPOCH = 315532800
"""1980-01-01, the earliest time that every archive format can hold: used when no source has a time."""

_HEAD = "#-*-conf-*-\n# Written by `guild lock` and the first build. Keep it under version control.\n"
_TEXT = tuple(field.name for field in fields(Pin) if field.name not in ("name", "time", "size"))
_WRITTEN = (
    *("source", "kind", "details"),
    *("repository", "ref", "path", "commit", "tree"),
    *("file", "sha256", "time", "digest", "size"),
)


@dataclass(frozen=True, slots=True)
class Lock:
    """What was found, by name of the source and by name of the patch.

    Attributes:
        pins: One per source of the recipe, in its order.
        patches: SHA-256 of each patch file.
    """

    pins: tuple[Pin, ...] = ()
    patches: Mapping[str, Sha256] | None = None

    def pin(self, source: Source) -> Pin | None:
        """Give the pin of a source, unless the recipe has changed since what the pin stands for."""
        return next((pin for pin in self.pins if pin.serves(source)), None)

    @property
    def epoch(self) -> int:
        """SOURCE_DATE_EPOCH of the build: the newest time of a source, seconds since 1970."""
        return max((pin.time for pin in self.pins if pin.time is not None), default=DEFAULT_EPOCH)


def format_lock(lock: Lock) -> str:
    """Write the file; the same lock always gives the same text."""
    parts = [_HEAD, "\n[lock]\n", f"  schema = {SCHEMA}\n"]
    for pin in lock.pins:
        parts.append(f'\n[source "{pin.name}"]\n')
        for name in _WRITTEN:
            value = getattr(pin, name)
            if value not in ("", None):
                parts.append(f"  {name:10} = {value}\n")
    for name, digest in (lock.patches or {}).items():
        parts.append(f'\n[patch "{name}"]\n  {"sha256":10} = {digest}\n')
    return "".join(parts)


def read_lock(text: str, file: str) -> Lock:
    """Read the file.

    Raises:
        RecipeError: It is damaged, or of a later schema.
    """
    parsed = ini.parse(text, file)
    head = parsed.first("lock")
    schema = head.get("schema") if head else ""
    if not parsed.faults and schema != str(SCHEMA):
        where = Where(file, head.attrs["schema"].line if schema and head else 0)
        message = f"the lock has schema {schema!r}, this guild knows {SCHEMA}" if schema else "this is not a lock file"
        raise RecipeError([Fault(where, message)], hint="`guild lock --update` writes it anew")
    faults = list(parsed.faults)
    pins = tuple(_pin(section, file, faults) for section in parsed.of_type("source"))
    patches = {section.name: _digest(section, file, faults) for section in parsed.of_type("patch")}
    if faults:
        raise RecipeError(faults, hint="restore it from version control, or `guild lock --update` writes it anew")
    return Lock(pins, patches)


def _digest(section: ini.Section, file: str, faults: list[Fault]) -> Sha256:
    if not is_sha256(section.get("sha256")):
        faults.append(Fault(Where(file, section.line), f"{section.title} has no sound sha256"))
    return Sha256(section.get("sha256"))


def _pin(section: ini.Section, file: str, faults: list[Fault]) -> Pin:
    if not section.name:
        faults.append(Fault(Where(file, section.line), f"{section.title} has no name"))
    attrs = section.attrs
    values = {name: attrs[name].value if name in attrs else "" for name in _TEXT}
    for name in ("commit", "tree"):
        if values[name] and not is_git_id(values[name]):
            faults.append(Fault(Where(file, section.line), f"{section.title} has a damaged {name}"))
    for name in ("sha256", "digest"):
        if (values[name] or name == "digest") and not is_sha256(values[name]):
            faults.append(Fault(Where(file, section.line), f"{section.title} has a damaged {name}"))
    numbers = {name: section.get(name) for name in ("time", "size")}
    for name, value in numbers.items():
        if value and not _NUMBER.fullmatch(value):
            faults.append(Fault(Where(file, section.attrs[name].line), f"{name} is a number, not {value!r}"))
            numbers[name] = ""
    return Pin(
        name=section.name,
        source=values["source"],
        kind=values["kind"],
        repository=values["repository"],
        ref=values["ref"],
        path=values["path"],
        commit=GitId(values["commit"]),
        tree=GitId(values["tree"]),
        file=values["file"],
        sha256=Sha256(values["sha256"]),
        time=int(numbers["time"]) if numbers["time"] else None,
        digest=Sha256(values["digest"]),
        size=int(numbers["size"] or 0),
        details=values["details"],
    )
