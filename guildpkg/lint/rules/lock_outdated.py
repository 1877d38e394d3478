"""A lock is of use as long as it is the lock of this recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guildpkg.core.digests import Sha256, sha256
from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "lock-outdated"
SEVERITY = Severity.WARNING
SUMMARY = "The lock does not fit the recipe and its patches"

_HINT = "`guild lock` brings it up to date"


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Compare the lock with sources and patches."""
    if subject.lock is None:
        return
    where = subject.beside("GuildPkg.lock")
    names = {source.name for source in subject.recipe.sources}
    for source in subject.recipe.sources:
        if not subject.locked(source):
            there = any(pin.name == source.name for pin in subject.lock.pins)
            what = f"pins another {source.name} than the recipe" if there else f"does not pin {source.name}"
            yield Fault(where, f"the lock {what}", _HINT)
    for pin in subject.lock.pins:
        if pin.name not in names:
            yield Fault(where, f"the lock pins {pin.name}, which is no source any more", _HINT)
    yield from _patches(subject, subject.lock.patches or {})


def _patches(subject: RecipeSubject, locked: Mapping[str, Sha256]) -> Iterator[Fault]:
    where = subject.beside("GuildPkg.lock")
    for patch in subject.recipe.patches:
        file = subject.file(patch.name)
        if patch.name not in locked:
            yield Fault(where, f"the lock does not know {patch.name}", _HINT)
        elif file is not None and file.size == len(file.data) and sha256(file.data) != locked[patch.name]:
            yield Fault(where, f"{patch.name} has changed since it was locked", _HINT)
    for name in locked.keys() - {patch.name for patch in subject.recipe.patches}:
        yield Fault(where, f"the lock knows {name}, which is no patch any more", _HINT)
