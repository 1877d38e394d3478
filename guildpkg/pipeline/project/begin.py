"""``guild init --template``: the project of an installed package, or of a folder, as the beginning of a new one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from guildpkg.core.events import Reporter
from guildpkg.core.words import in_bytes
from guildpkg.errors import GuildError, Unknown
from guildpkg.pipeline.init import begin
from guildpkg.pipeline.project.here import installed_folders, project_place
from guildpkg.pipeline.setting import Setting
from guildpkg.project.begin import fill_template
from guildpkg.project.load import files_in
from guildpkg.system.disk import scan

LARGEST: Final = 64 << 20
"""Bytes of all files; what has more is no beginning of a project."""
_INPUT: Final = "Guild.in"
_LEFT: Final = re.compile(r"(.*/)?(\.|__pycache__/).*|runs/.*", re.DOTALL)
"""Paths that are no part of a template: what is hidden, compiled, or was run."""


def init_template(
    folder: Path, template: Path, values: Mapping[str, str], *, overwrite: bool, dry_run: bool, report: Reporter
) -> tuple[Path, ...]:
    """Write the files of a template into a folder.

    Args:
        folder: Where; it is made if it is not there.
        template: The template's folder, as `find_template` gives it.
        values: Variables of its ``Guild`` that are given.
        overwrite: Replace what is there.
        dry_run: Write nothing.
        report: Told what is written.

    Returns:
        The files, also when *dry_run*.

    Raises:
        Exists: One of the files is there already; none is written.
        UsageFault: The template has no such variable, or lacks one.
        GuildError: It is too large, or the folder cannot be written to.
    """
    entries = [e for e in scan(template) if e.kind == "file" and not _LEFT.fullmatch(os.fsdecode(e.path))]
    total = sum(entry.size for entry in entries)
    if total > LARGEST:
        raise GuildError(f"the template has {in_bytes(total)}, more than {in_bytes(LARGEST)}", hint="copy it by hand")
    texts = {os.fsdecode(entry.path): (template / os.fsdecode(entry.path)).read_bytes() for entry in entries}
    source = _INPUT if _INPUT in texts else "Guild"
    known = {"name": folder.resolve().name, "project_dir": str(folder.resolve())}
    if source in texts:
        text = texts.pop(source).decode("utf-8", "surrogateescape")
        texts["Guild"] = fill_template(text, source, values, known).encode("utf-8", "surrogateescape")
    elif values:
        raise GuildError("the template has no variables: it has no Guild", hint=f"leave out {', '.join(values)}")
    executable = frozenset(os.fsdecode(entry.path) for entry in entries if entry.executable)
    return begin(folder, dict(sorted(texts.items())), executable, overwrite=overwrite, dry_run=dry_run, report=report)


def find_template(word: str, cwd: Path, setting: Setting) -> Path:
    """Find a template: a folder with a project, or an installed package that has one.

    Raises:
        Unknown: There is none.
    """
    packages = {folder.name: folder for folder in installed_folders(setting.home)}
    named = [folder for name, folder in packages.items() if word in (name, name.rpartition("-")[0])]
    for place in (cwd / word, *map(project_place, named)):
        # it need not be a sound project before its variables are filled in
        if place is not None and place.is_dir() and (files_in(place) or (place / _INPUT).is_file()):
            return place
    hint = "a template is a folder with a project, or an installed package: guild list-packages"
    raise Unknown(f"there is no template {word}", hint=hint)
