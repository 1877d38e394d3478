"""What a ``Guild`` file asks for: Python modules, and whether files hold them; packages with its data."""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Collection, Iterator

from guildpkg.core import ini
from guildpkg.core.recipe.model import Recipe
from guildpkg.core.words import nearest
from guildpkg.lean import dataclass

OPERATIONS = ("train", "prepare", "evaluate")
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True)
class Use:
    """Something that a model or resource of a project asks for.

    Attributes:
        name: A module, dotted and without ``.py``; or a package.
        model: The section that names it, as its header is written.
        line: Where.
    """

    name: str
    model: str
    line: int


def named(text: str, file: str) -> Iterator[Use]:
    """Yield the modules that the models and resources of a ``Guild`` file run."""
    for section in ini.parse(text, file).sections:
        for operation in OPERATIONS if section.type in ("model", "resource") else ():
            attr = section.attrs.get(operation)
            word = attr.words[0] if attr is not None and attr.words else ""
            if attr is not None and _MODULE.fullmatch(word):
                yield Use(word, section.title, attr.line)


def needed(text: str, file: str) -> Iterator[Use]:
    """Yield the packages whose files a ``Guild`` file wants as data: ``requires = PACKAGE:FOLDER``."""
    for section in ini.parse(text, file).sections:
        attr = section.attrs.get("requires") if section.type in ("model", "resource") else None
        for item in attr.squeezed.split(",") if attr is not None else ():
            package, colon, _ = item.strip().partition(":")
            if attr is not None and colon:
                yield Use(package, section.title, attr.line)


def found(module: str, paths: Collection[str], *, folder: str = "", anywhere: bool = False) -> bool:
    """Tell whether files hold a module.

    Args:
        module: Dotted name.
        paths: Relative paths.
        folder: The folder that the project lies in.
        anywhere: True when the packager may still move files, so that only the name counts.
    """
    stem = posixpath.join(folder, module.replace(".", "/"))
    wanted = (f"{stem}.py", f"{stem}/__main__.py")
    if anywhere:
        return any(path == want or path.endswith(f"/{want}") for path in paths for want in wanted)
    return any(want in paths for want in wanted)


def foreign(use: Use, recipe: Recipe, paths: Collection[str], *, folder: str = "") -> bool:
    """Tell whether a module may come from elsewhere: the standard library, or what ``[requires]`` installs."""
    top, _, rest = use.name.partition(".")
    if top in sys.stdlib_module_names:
        return True
    ours = posixpath.join(folder, top)
    known = any(path.startswith((f"{ours}/", f"{ours}.py")) for path in paths)
    return bool(recipe.python) and not known and (bool(rest) or top in _import_names(recipe))


def near(module: str, paths: Collection[str]) -> str:
    """Give the hint for a module that is not there."""
    stems = sorted({posixpath.basename(path)[:-3] for path in paths if path.endswith(".py")})
    close = nearest(module, stems)
    return f"did you mean {close}?" if close else ""


def _import_names(recipe: Recipe) -> set[str]:
    """Guess what the required distributions are imported as; dotted names are not looked at, these names are exact."""
    return {re.sub(r"[-.]+", "_", need.name.lower()) for need in recipe.python}
