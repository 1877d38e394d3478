"""What two runs have that the other has not: flags, attributes, source, packages, state of the project, inputs."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from guildpkg.core.runs.diff import LARGEST, differences, unified
from guildpkg.errors import Unknown
from guildpkg.lean import dataclass
from guildpkg.pipeline.runs.chosen import RunFolder
from guildpkg.stores.runs_folder import Run
from guildpkg.system.reading import open_below

Pairs = dict[str, tuple[object, object]]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing that differs.

    Attributes:
        name: What it is called.
        pairs: By name, the value in the first run and in the second.
        text: A unified diff; empty where there is none.
    """

    name: str
    pairs: Pairs
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not self.pairs and not self.text


def _flags(run: Run) -> dict[str, object]:
    return {row.name: row.comparable for row in run.record().flags}


def _attrs(run: Run) -> dict[str, object]:
    record, notes = run.record(), run.notes()
    told: dict[str, object] = {
        "operation": record.operation,
        "command": shlex.join(record.argv).replace(str(run.path), "RUN"),
        "cwd": record.cwd.replace(str(run.path), "RUN"),
        "interpreter": record.interpreter,
        "project": record.project,
        "project_digest": record.project_digest,
        "package": record.package,
        "package_digest": record.package_digest,
        "guildpkg": record.version,
        "host": record.host.name,
        "user": record.host.user,
        "label": notes.label,
        "tags": list(notes.tags),
        **{f"env {name}": value.replace(str(run.path), "RUN") for name, value in record.env.items()},
    }
    system = run.looked_up().get("system")
    return {**told, **(system if isinstance(system, dict) else {})}


def _packages(run: Run) -> dict[str, object]:
    found = run.looked_up()
    packages = found.get("packages")
    return {
        **({"python": found["python"]} if "python" in found else {}),
        **(packages if isinstance(packages, dict) else {}),
    }


def _vcs(run: Run) -> dict[str, object]:
    found = run.looked_up().get("vcs")
    return {key: value for key, value in found.items() if key != "diff"} if isinstance(found, dict) else {}


def _resources(run: Run) -> dict[str, object]:
    return {row.path or row.name: row.sha256 or row.source for row in run.inputs()}


_VALUES: Mapping[str, Callable[[Run], dict[str, object]]] = {
    "flags": _flags,
    "attrs": _attrs,
    "packages": _packages,
    "vcs": _vcs,
    "resources": _resources,
}
SECTIONS = (*_VALUES, "source", "output")
"""What can be compared."""
USUAL = tuple(name for name in SECTIONS if name != "output")
"""What is compared unless something else is asked for."""


def diff(old: RunFolder, new: RunFolder, sections: tuple[str, ...] = USUAL) -> list[Section]:
    """Compare two runs.

    Args:
        old: One run.
        new: Another.
        sections: Of `SECTIONS`, in that order.

    Raises:
        GuildError: A record is damaged.
    """
    return [_section(name, old, new) for name in SECTIONS if name in sections]


def _section(name: str, old: Run, new: Run) -> Section:
    if name in _VALUES:
        text = _changed(old.path, new.path, "vcs.patch") if name == "vcs" else ""
        return Section(name, differences(_VALUES[name](old), _VALUES[name](new)), text)
    if name == "output":
        return Section(name, {}, _changed(old.path, new.path, name))
    if old.record().source.digest and old.record().source.digest == new.record().source.digest:
        return Section(name, {})
    return _source(old.path, new.path)


def _source(old: Path, new: Path) -> Section:
    texts, pairs = [], Pairs()
    for path in sorted({*_files(old / "source"), *_files(new / "source")}):
        if text := _changed(old, new, path, "source/"):
            pairs[path] = _digest(old, f"source/{path}"), _digest(new, f"source/{path}")
            texts.append(text)
    return Section("source", pairs, "".join(texts))


def _files(root: Path) -> list[str]:
    return [str(Path(folder, name).relative_to(root)) for folder, _, names in os.walk(root) for name in names]


def _changed(old: Path, new: Path, path: str, below: str = "") -> str:
    """Compare the files of one name in two runs; empty when they have the same content, or are not there.

    Args:
        old: Folder of one run.
        new: Folder of another.
        path: What the file is called.
        below: Folder of a run in which it lies, with its ``/``.
    """
    before, after = _digest(old, below + path), _digest(new, below + path)
    if before == after:
        return ""
    return unified(_head(old, below + path) if before else None, _head(new, below + path) if after else None, path)


def _digest(run: Path, path: str) -> str | None:
    """Hash a file of a run; what is a link, or no plain file, is not there."""
    with contextlib.suppress(Unknown), open_below(run, os.fsencode(path)) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return None


def _head(run: Path, path: str) -> bytes:
    """Read a file, of one that is too large only so much that this shows."""
    with open_below(run, os.fsencode(path)) as file:
        return file.read(LARGEST + 1)
