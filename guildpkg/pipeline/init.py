"""`guild init`: a folder -> a recipe or a project to start from."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from pathlib import Path

from guildpkg.core.events import Reporter, Step
from guildpkg.errors import Exists
from guildpkg.project import template as project_template
from guildpkg.recipe.template import name_from, template
from guildpkg.system.disk import replacing, room_for


def init_package(
    folder: Path, *, name: str | None, overwrite: bool, dry_run: bool, report: Reporter
) -> tuple[Path, ...]:
    """Write an annotated ``GuildPkg`` and ``packager``.

    Args:
        folder: Where; it is made if it is not there.
        name: Name of the package; None to derive it from the name of the folder.
        overwrite: Replace what is there.
        dry_run: Write nothing.
        report: Told what is written.

    Returns:
        The files, also when *dry_run*.

    Raises:
        Exists: One of the files is there already; neither is written.
        UsageFault: *name* is no name for a package.
        GuildError: The folder cannot be written to.
    """
    texts = template(name or name_from(folder.resolve().name))
    return begin(folder, texts, overwrite=overwrite, dry_run=dry_run, report=report)


def init_project(
    folder: Path, *, name: str | None, overwrite: bool, dry_run: bool, report: Reporter
) -> tuple[Path, ...]:
    """Write a ``guild.yml`` with its training script and data: a project that trains as it is.

    Args:
        folder: Where; it is made if it is not there.
        name: Name of the model; None to derive it from the name of the folder.
        overwrite: Replace what is there.
        dry_run: Write nothing.
        report: Told what is written.

    Returns:
        The files, also when *dry_run*.

    Raises:
        Exists: One of the files is there already; none is written.
        GuildError: The folder cannot be written to.
    """
    named = project_template.name_from(name or folder.resolve().name)
    texts = project_template.template(project_template.SAMPLE, named)
    return begin(folder, texts, overwrite=overwrite, dry_run=dry_run, report=report)


def init_guild(
    folder: Path, *, name: str | None, force: bool, overwrite: bool, dry_run: bool, report: Reporter
) -> tuple[Path, ...]:
    """Write an annotated ``Guild``.

    Args:
        folder: Where; it is made if it is not there.
        name: Name of the project; None to take that of the folder.
        force: Write it also where other files are.
        overwrite: Replace a ``Guild`` that is there; without *force* in an otherwise empty folder only.
        dry_run: Write nothing.
        report: Told what is written.

    Returns:
        The file, also when *dry_run*.

    Raises:
        Exists: The folder is not empty, or there is a ``Guild`` already.
        GuildError: The folder cannot be written to.
    """
    others = [path for path in folder.iterdir() if path.name != "Guild"] if folder.is_dir() else []
    if others and not force:
        hint = "`guild init --force` writes it beside what is there"
        raise Exists(f"{folder.resolve().name!r} is not an empty directory", hint=hint)
    texts = project_template.template(project_template.ANNOTATED, name or folder.resolve().name)
    return begin(folder, texts, overwrite=overwrite, dry_run=dry_run, report=report)


def begin(
    folder: Path,
    texts: Mapping[str, bytes],
    executable: Collection[str] = (),
    *,
    overwrite: bool,
    dry_run: bool,
    report: Reporter,
) -> tuple[Path, ...]:
    """Write files into a folder, all of them or none.

    Args:
        folder: Where; it is made if it is not there.
        texts: Their contents by their paths in the folder.
        executable: Those that may be executed.
        overwrite: Replace what is there.
        dry_run: Write nothing.
        report: Told what is written.

    Returns:
        The files, also when *dry_run*.

    Raises:
        Exists: One of them is there already; none is written.
        GuildError: The folder cannot be written to.
    """
    files = {folder / file: text for file, text in texts.items()}
    _refuse(folder, list(files), overwrite=overwrite)
    for path in files:
        report(Step(f"{'Would write' if dry_run else 'Writing'} {path.relative_to(folder)}"))
    if not dry_run:
        with room_for(folder):
            for place in {path.parent: None for path in (folder / "file", *files)}:
                place.mkdir(parents=True, exist_ok=True)
        _write(files, {folder / name for name in executable})
    return tuple(files)


def _refuse(folder: Path, files: list[Path], *, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise Exists(f"{folder.name} is a file, not a folder")
    for path in files:
        if path.is_dir():
            raise Exists(f"{path.name} is a folder", hint="move it away, or name another folder")
    there = [str(path.relative_to(folder)) for path in files if path.exists() or path.is_symlink()]
    if there and not overwrite:
        verb = "is" if len(there) == 1 else "are"
        hint = "--overwrite replaces them, or name another folder"
        raise Exists(f"{' and '.join(there)} {verb} there already", hint=hint)


def _write(files: dict[Path, bytes], executable: Collection[Path]) -> None:
    """Write all files beside their places before the first takes its name."""
    with contextlib.ExitStack() as stack:
        for path, text in files.items():
            file = stack.enter_context(replacing(path, mode=0o755 if path in executable else 0o644))
            file.write(text)
            file.flush()
