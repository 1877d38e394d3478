"""What is installed, looked at: which packages, why, which files, and how it came to be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from guildpkg.core.archive.layout import slots
from guildpkg.core.archive.manifest_reader import parse_manifest
from guildpkg.core.packages.generation import Generation, Installed, to_plain
from guildpkg.core.packages.graph import Link, links, reasons
from guildpkg.core.words import count, did_you_mean, in_bytes
from guildpkg.errors import GuildError, Unknown
from guildpkg.stores.packages import Packages


def choose(current: Generation, word: str) -> tuple[Installed, ...]:
    """Find packages by ``NAME-VERSION``, or all versions of ``NAME``.

    Raises:
        Unknown: There is none.
    """
    found = current.find(word)
    chosen = (found,) if found else current.named(word)
    if not chosen:
        known = sorted({package.name for package in current.packages} | {package.entry for package in current.packages})
        hint = did_you_mean(word, known) if known else "nothing is installed yet: guild install"
        raise Unknown(f"{word} is not installed", hint=hint)
    return chosen


def choose_one(current: Generation, word: str) -> Installed:
    """Find one package: by ``NAME-VERSION``, or the newest version of ``NAME``.

    Raises:
        Unknown: There is none.
    """
    return choose(current, word)[-1]


def listing(store: Packages, filters: Sequence[str] = (), *, explicit: bool = False) -> tuple[Installed, ...]:
    """List what is installed, by name and version.

    Args:
        store: The store.
        filters: Texts that name or description must all contain, whatever their case.
        explicit: Leave out what is there only because others need it.
    """
    words = [word.lower() for word in filters]
    return tuple(
        package
        for package in store.current().packages
        if all(word in f"{package.entry}\n{package.description}".lower() for word in words)
        and (package.explicit or not explicit)
    )


def package_value(package: Installed, store: Packages) -> dict[str, Any]:
    """Give a package for ``--json``, with the folder where it lies."""
    return {**to_plain(package), "folder": str(store.link / package.entry)}


def package_line(package: Installed) -> tuple[str, ...]:
    """Give a package as a line of the listing."""
    mark = "" if package.explicit else "(needed by others) "
    return package.name, package.version, in_bytes(package.size), mark + package.description


def history_value(generation: Generation, current: int) -> dict[str, Any]:
    """Give a generation for ``--json``."""
    return {
        "number": generation.number,
        "current": generation.number == current,
        "time": _time(generation),
        "action": generation.action,
        "change": generation.change,
        "restores": generation.restores,
        "packages": [package.entry for package in generation.packages],
    }


def history_line(generation: Generation, current: int) -> tuple[str, ...]:
    """Give a generation as a line of the history."""
    action = generation.action
    if generation.restores != generation.number:
        action = f"{action} to {generation.restores}"
    mark = "*" if generation.number == current else " "
    return f"{mark}{generation.number}", _time(generation), action, generation.change


def _time(generation: Generation) -> str:
    return datetime.fromtimestamp(generation.time // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def why(store: Packages, word: str) -> list[dict[str, Any]]:
    """Say for each version of a package why it is there: the chains of needs that lead to it.

    Raises:
        Unknown: It is not installed.
    """
    current = store.current()
    return [
        {
            "package": package.entry,
            "explicit": package.explicit,
            "chains": [[_step(link) for link in chain] for chain in reasons(package, current.packages)],
            "needed_by": sorted({link.by.entry for link in links(current.packages) if link.of is package}),
        }
        for package in choose(current, word)
    ]


def _step(link: Link) -> dict[str, str]:
    return {"package": link.by.entry, "needs": str(link.need)}


def why_lines(value: dict[str, Any]) -> list[str]:
    """Write one answer of `why` for people."""
    lines = [f"{value['package']} was asked for"] if value["explicit"] else []
    for chain in value["chains"]:
        if chain:
            steps = ", which is needed by ".join(f"{step['package']} ({step['needs']})" for step in reversed(chain))
            lines.append(f"{value['package']} is needed by {steps}, which was asked for")
    return lines or [f"{value['package']} is needed by nothing that was asked for"]


def files(store: Packages, word: str) -> tuple[Installed, list[dict[str, Any]]]:
    """List what an installed package holds, as its manifest says.

    Raises:
        Unknown: It is not installed.
        GuildError: Its manifest is gone or damaged.
    """
    package = choose_one(store.current(), word)
    place = store.tree(package.tree) / ".GuildPkg"
    try:
        manifest = parse_manifest(place.read_bytes(), name=package.entry)
    except OSError as error:
        hint = f"guild verify --repair {package.entry}"
        raise GuildError(f"{package.entry} has no manifest any more", hint=hint) from error
    found = []
    for slot in slots(manifest.files, 0):
        path = slot.path.decode("utf-8", "surrogateescape")
        if slot.kind == "dir" or path == ".GuildPkg":
            continue
        target = slot.target.decode("utf-8", "surrogateescape")
        row = {"path": path, "kind": slot.kind, "size": slot.size, "executable": slot.mode == 0o755}
        found.append(row | ({"target": target} if target else {"sha256": slot.sha256}))
    return package, found


def summary(packages: Sequence[Installed]) -> str:
    """Say how much packages are."""
    files = sum(package.files for package in packages)
    size = sum(package.size for package in packages)
    return f"{count(len(packages), 'package')}, {count(files, 'file')}, {in_bytes(size)}"
