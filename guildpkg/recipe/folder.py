"""Read the files of a recipe folder.

In: a folder. Out: a checked `Recipe`, its `Lock`, the bytes of the files that belong to it. Raises `RecipeError` with
every fault; never guesses. A change that was killed halfway is finished first: nobody sees a recipe that is in between.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from guildpkg.core.recipe.lock import Lock, format_lock, read_lock
from guildpkg.core.recipe.model import Recipe
from guildpkg.core.recipe.reader import read_recipe
from guildpkg.core.words import did_you_mean
from guildpkg.errors import Fault, GuildError, RecipeError, Where
from guildpkg.lean import dataclass
from guildpkg.recipe.change import settle_change
from guildpkg.system.disk import inside, target_of, write_atomically

RECIPE = "GuildPkg"
LOCK = "GuildPkg.lock"
LARGEST = 16 << 20
"""A recipe or lock larger than this is a mistake: somebody gave the wrong file its name."""
MOST_OWN = 40 << 20
"""Bytes of all own files of a recipe: base64 makes 54 MB of them, and no reader takes a manifest above 64 MB."""


@dataclass(frozen=True, slots=True)
class RecipeFolder:
    """A recipe and where it lies.

    Attributes:
        path: The folder, absolute.
        shown: The folder as the user named it, for messages.
        recipe: What ``GuildPkg`` says.
        text: What ``GuildPkg`` holds.
        lock: What ``GuildPkg.lock`` says; None when there is none.
    """

    path: Path
    shown: str
    recipe: Recipe
    text: bytes
    lock: Lock | None

    @property
    def src(self) -> Path:
        """Where the sources are laid."""
        return self.path / "src"

    @property
    def pkg(self) -> Path:
        """Where hooks put what the package is to hold."""
        return self.path / "pkg"

    @property
    def logs(self) -> Path:
        """Where hooks' logs and the state of a build lie."""
        return self.path / "logs"


def open_folder(path: Path, shown: str, *, ignore_lock: bool = False) -> RecipeFolder:
    """Read a recipe folder.

    Args:
        path: The folder, or the ``GuildPkg`` file in it.
        shown: What the user called it, empty for the current folder.
        ignore_lock: True when the lock is to be written anew whatever it says.

    Raises:
        RecipeError: There is no recipe, or it or its lock is faulty.
    """
    folder = path.parent if path.name == RECIPE and path.is_file() else path
    prefix = "" if shown in ("", ".") else f"{shown.rstrip('/')}/".removesuffix(f"{RECIPE}/")
    file = folder / RECIPE
    if not file.is_file():
        raise _no_recipe(folder, shown)
    settle_change(folder)
    data = _read(file)
    recipe = read_recipe(_text(data, prefix + RECIPE), prefix + RECIPE)
    lock_file = folder / LOCK
    lock = None
    if lock_file.is_file() and not ignore_lock:
        lock = read_lock(_text(_read(lock_file), prefix + LOCK), prefix + LOCK)
    return RecipeFolder(folder.resolve(), shown, recipe, data, lock)


def _no_recipe(folder: Path, shown: str) -> GuildError:
    if not folder.exists():
        return GuildError(f"there is no {shown}", hint="name the folder of a recipe")
    if not folder.is_dir():
        return GuildError(f"{shown} is a file, not the folder of a recipe")
    what = "is a project without a recipe" if _is_project(folder) else "has no GuildPkg file"
    hint = "`guild init --package` writes a recipe to start from"
    return GuildError(f"{shown if shown not in ('', '.') else 'this folder'} {what}", hint=hint)


def _is_project(folder: Path) -> bool:
    return (folder / "guild.yml").is_file() or (folder / "Guild").is_file()


def _read(file: Path) -> bytes:
    if file.stat().st_size > LARGEST:
        raise GuildError(f"{file.name} is larger than {LARGEST >> 20} MB", hint="is it really the recipe?")
    return file.read_bytes()


def _text(data: bytes, shown: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        fault = Fault(Where(shown, line), "this is not UTF-8 text", "save the file as UTF-8")
        raise RecipeError([fault]) from error


def write_lock(folder: RecipeFolder, lock: Lock) -> bool:
    """Write ``GuildPkg.lock`` unless it says the same already.

    Returns:
        True when the file changed.
    """
    text = format_lock(lock).encode()
    file = folder.path / LOCK
    if file.is_file() and file.read_bytes() == text:
        return False
    write_atomically(file, text)
    return True


def refuse_places(folder: RecipeFolder) -> None:
    """Stop before a build writes where it must not or cannot.

    Raises:
        GuildError: The folder is not writable, or ``src/``, ``pkg/`` or ``logs/`` is a link or a file.
    """
    for place in (folder.src, folder.pkg, folder.logs):
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            what = "a link" if place.is_symlink() else "a file"
            message = f"{place.name} is {what}, and a build makes a folder of that name"
            raise GuildError(message, hint=f"move {place} away; `guild package -c` removes it")
    if not os.access(folder.path, os.W_OK | os.X_OK):
        hint = "a build makes src/, pkg/, logs/ and the archive beside GuildPkg: copy the recipe to a folder of yours"
        raise GuildError(f"{folder.path} cannot be written to", hint=hint)


def patch_bytes(folder: RecipeFolder) -> dict[str, bytes]:
    """Read the patches of a recipe, in their order.

    Raises:
        RecipeError: Some are not there; all of them are named.
    """
    found: dict[str, bytes] = {}
    faults: list[Fault] = []
    for patch in folder.recipe.patches:
        file = inside(folder.path, patch.name.encode())
        if file.is_file():
            found[patch.name] = file.read_bytes()
        else:
            there = sorted(item.name for item in folder.path.glob("*.patch"))
            faults.append(Fault(patch.where, f"the patch {patch.name} is not there", did_you_mean(patch.name, there)))
    if faults:
        raise RecipeError(faults)
    return found


def own_files(folder: RecipeFolder, packager: str, *, folders: bool = True) -> dict[bytes, tuple[int, bytes]]:
    """Collect what makes up the recipe itself, so that an archive can be built again from its manifest.

    Args:
        folder: The recipe.
        packager: File name of its own packager; empty when it uses a shared one.
        folders: False to leave out what lies in local folders: it cannot be built again then.

    Returns:
        Mode and content by path: recipe, lock, packager, patches, local sources; of a link below a local folder
        its mode with its type, and its target.

    Raises:
        RecipeError: They come to more than a manifest carries.
    """
    named = [RECIPE, LOCK, *([packager] if packager else []), *(patch.name for patch in folder.recipe.patches)]
    places = [folder.path / source.text for source in folder.recipe.sources if source.kind == "file"]
    below = [file for place in places if folders and place.is_dir() for file in sorted(place.rglob("*"))]
    wanted = [folder.path / name for name in named] + [place for place in places if not place.is_dir()]
    files: dict[bytes, tuple[int, bytes]] = {}
    size = 0
    for file in (*wanted, *below):
        path = str(file.relative_to(folder.path)).encode("utf-8", "surrogateescape")
        if file.is_symlink() and file not in wanted:  # what the recipe names is taken from where a link leads
            files[path] = (stat.S_IFLNK | 0o777, target_of(file))
        elif file.is_file():
            about = file.stat()
            size += about.st_size
            if size > MOST_OWN:
                raise _too_much(folder)
            files[path] = (0o755 if about.st_mode & 0o100 else 0o644, file.read_bytes())
    return files


def _too_much(folder: RecipeFolder) -> RecipeError:
    message = f"the recipe's own files come to more than {MOST_OWN >> 20} MB, which is the most that a manifest carries"
    where = next((source.where for source in folder.recipe.sources if source.kind == "file"), Where(RECIPE, 0))
    hint = "publish what is large somewhere, and give its URL and its sha256"
    return RecipeError([Fault(where, message, hint)])
