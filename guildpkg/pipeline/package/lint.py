"""`guild lint`: a recipe folder or an archive -> what is wrong with it."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterator
from pathlib import Path

from guildpkg.core import ini
from guildpkg.core.events import Reporter, silent
from guildpkg.errors import GuildError, RecipeError
from guildpkg.lint.check import check_broken, check_recipe
from guildpkg.lint.findings import Report
from guildpkg.lint.scripts import Script, read_script
from guildpkg.lint.subject import File, RecipeSubject
from guildpkg.pipeline.package.hooks import shipped_packagers
from guildpkg.pipeline.package.lint_archive import lint_archive
from guildpkg.recipe.folder import RECIPE, RecipeFolder, open_folder

_MADE = ("src", "pkg", "logs")
_READ = 4 << 20
"""Bytes of a file of the recipe that are read; a patch is hardly ever larger."""


def lint(path: Path, shown: str, *, home: str = "", report: Reporter = silent) -> Report:
    """Look a recipe or an archive over.

    Args:
        path: A recipe folder, its ``GuildPkg``, or an archive.
        shown: What the user called it; empty or ``.`` for the current folder.
        home: The user's home folder, which no text of an archive should name; empty for none.
        report: Told how far it is.

    Raises:
        GuildError: There is nothing of that kind, or it cannot be read at all.
    """
    if path.is_file() and path.name != RECIPE:
        return lint_archive(path, shown, home=home, report=report)
    if not path.exists():
        raise GuildError(f"there is no {shown}", hint="name a recipe folder or an archive")
    return lint_recipe(path, shown)


def lint_recipe(path: Path, shown: str) -> Report:
    """Look a recipe over; see `lint`."""
    target = shown or "."
    try:
        folder = open_folder(path, shown)
    except RecipeError as error:
        return check_broken(error.faults, target)
    return check_recipe(_recipe_subject(folder), target)


def _recipe_subject(folder: RecipeFolder) -> RecipeSubject:
    recipe = folder.recipe
    named = {*(patch.name for patch in recipe.patches), *(source.text for source in recipe.sources)}
    return RecipeSubject(
        recipe=recipe,
        parsed=ini.parse(folder.text.decode(), recipe.file),
        files=dict(_files(folder.path, {posixpath.normpath(name) for name in named})),
        lock=folder.lock,
        script=_script(folder),
        shared=_shared(),
        built=frozenset(_paths(folder.src, ())) if folder.src.is_dir() else None,
    )


def _shared() -> frozenset[str]:
    files = [path for path in shipped_packagers().iterdir() if path.is_file()]
    return frozenset(name for path in files for name in (path.name, path.stem))


def _script(folder: RecipeFolder) -> Script | None:
    name = folder.recipe.packager
    file = folder.path / name
    if not name or not file.is_file():
        return None
    with file.open("rb") as opened:
        text = opened.read(_READ).decode("utf-8", "replace")
    return read_script(text, folder.recipe.file.removesuffix(RECIPE) + name)


def _files(root: Path, wanted: set[str]) -> Iterator[tuple[str, File]]:
    """Yield the files of a recipe folder by path; those that are *wanted* with their content."""
    for path in _paths(root, _MADE):
        place = root / path
        about = place.lstat()
        data = b""
        if path in wanted and place.is_file():
            with place.open("rb") as opened:
                data = opened.read(_READ)
        size = len(data) if place.is_symlink() else about.st_size
        yield path, File(path, size, executable=bool(about.st_mode & stat.S_IXUSR), data=data)


def _paths(root: Path, skipped: tuple[str, ...]) -> Iterator[str]:
    """Yield the paths of all files and links below a folder in a stable order, except in *skipped* and hidden ones."""
    for folder, below, names in os.walk(root):
        here = os.path.relpath(folder, root)
        prefix = "" if here == "." else f"{here}/"
        names += [name for name in below if Path(folder, name).is_symlink()]
        below[:] = sorted(name for name in below if not name.startswith(".") and f"{prefix}{name}" not in skipped)
        yield from sorted(prefix + name for name in names)
