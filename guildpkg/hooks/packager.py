"""Find the packager of a recipe: a file in the recipe's folder, else one that ships with guildpkg."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal

from guildpkg.core.words import nearest
from guildpkg.errors import ArchiveError, Fault, RecipeError, Where
from guildpkg.lean import dataclass
from guildpkg.system.disk import inside

DEFAULT: Final = "default"
"""What packages a recipe that names no packager."""

Language = Literal["shell", "python"]

_SHELLS: Final = ("sh", "bash", "dash")
_SHEBANG: Final = re.compile(rb"#!\s*(\S+)(?:[ \t]+(?:-S[ \t]+)?(\S+))?")


@dataclass(frozen=True, slots=True)
class Packager:
    """A script that defines hooks.

    Attributes:
        name: What the recipe calls it; ``default`` when it calls none.
        path: The file, absolute.
        language: ``shell`` (run by bash) or ``python`` (run by the interpreter that runs guild).
        shipped: True when it comes with guildpkg, false when it lies in the recipe.
    """

    name: str
    path: Path
    language: Language
    shipped: bool


def find_packager(recipedir: Path, name: str, shipped: Path, *, where: Where | None = None) -> Packager:
    """Find a packager by the name that a recipe gives it.

    Args:
        recipedir: The recipe's folder.
        name: A path in that folder, or the name of a shipped one; empty for the shared ``default``.
        shipped: The folder of the packagers that ship with guildpkg.
        where: Where the recipe names it, for messages.

    Raises:
        RecipeError: There is no such packager, or it is in a language that is not run.
    """
    where = where or Where("GuildPkg")
    name = name or DEFAULT
    own = _own(recipedir, name, where)
    if own is not None:
        return Packager(name, own, _language(own, where), shipped=False)
    for path in (shipped / name, shipped / f"{name}.py"):
        if "/" not in name and path.is_file():
            return Packager(name, path.resolve(), _language(path, where), shipped=True)
    known = sorted(path.stem for path in shipped.iterdir() if path.is_file()) if shipped.is_dir() else []
    close = nearest(name, known)
    hint = (f"did you mean {close}? " if close else "") + f"guildpkg has {', '.join(known) or 'none'}"
    raise RecipeError([Fault(where, f"there is no packager {name}, neither beside GuildPkg nor in guildpkg", hint)])


def _own(recipedir: Path, name: str, where: Where) -> Path | None:
    """Find the file in the recipe; a link may not lead out of it."""
    try:
        path = inside(recipedir.resolve(), name.encode())
    except ArchiveError as error:
        raise RecipeError([Fault(where, f"packager {name}: {error}")]) from error
    if not path.exists() and not path.is_symlink():
        return None
    if not path.resolve().is_relative_to(recipedir.resolve()):
        raise RecipeError([Fault(where, f"packager {name} is a link that leads out of the recipe")])
    if not path.is_file():
        raise RecipeError([Fault(where, f"packager {name} is not a file")])
    return path


def _language(path: Path, where: Where) -> Language:
    """Tell the language by the name, else by the first line; shell when neither says."""
    if path.suffix == ".py":
        return "python"
    with path.open("rb") as file:
        first = file.readline(200)
    shebang = _SHEBANG.match(first)
    if first.endswith(b"\r\n") and not (shebang and b"python" in first):
        hint = f"save it with plain ones: sed -i 's/\\r$//' {path.name}"
        raise RecipeError(
            [Fault(where, f"packager {path.name} has the line ends of Windows, which bash fails at", hint)]
        )
    if shebang is None:
        return "shell"
    program = Path(
        (shebang[1] if not shebang[1].endswith(b"/env") else shebang[2] or b"").decode("utf-8", "replace")
    ).name
    if re.fullmatch(r"python[\d.]*", program):
        return "python"
    if program in _SHELLS:
        return "shell"
    raise RecipeError(
        [Fault(where, f"packager {path.name} is for {program or 'nothing'}", "write it in bash or Python")]
    )
