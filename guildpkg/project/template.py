"""The files that a new project begins with.

In: a name. Out: their texts. The texts are package data under ``templates/``. A project in ``guild.yml`` trains as it
is, without network; a ``Guild`` is all comments but for the project's name.
"""

from __future__ import annotations

import re
from importlib import resources

from guildpkg.core.project.names import name_problem
from guildpkg.core.project.values import typed

SAMPLE = ("guild.yml", "train.py", "data.csv")
ANNOTATED = ("Guild",)
FALLBACK = "model"
_STORED = {"train.py": "train.py.in"}
"""Stored under another name: it is not a module of this package."""
_PLAIN = re.compile(r"[A-Za-z_][\w.+-]*", re.ASCII)
_UNFIT = re.compile(r"[\s=:/\x00-\x1f\x7f]+")


def template(files: tuple[str, ...], name: str) -> dict[str, bytes]:
    """Give the files of a new project.

    Args:
        files: `SAMPLE` or `ANNOTATED`.
        name: Name of the model, or of the project.

    Returns:
        Content by file name, in the order of *files*.
    """
    folder = resources.files("guildpkg.project") / "templates"
    texts = {file: (folder / _STORED.get(file, file)).read_text(encoding="utf-8") for file in files}
    written = {"guild.yml": _in_yaml(name), "Guild": " ".join(name.split())}
    return {file: text.replace("{name}", written.get(file, "{name}")).encode() for file, text in texts.items()}


def name_from(text: str) -> str:
    """Make the name of a model out of any text, such as the name of a folder."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    name = _UNFIT.sub("-", shown.strip()).lstrip("-@")[:100]
    return FALLBACK if name_problem(name, "a model") else name


def _in_yaml(name: str) -> str:
    """Write a name so that YAML reads it as this text."""
    if _PLAIN.fullmatch(name) and typed(name) == name:
        return name
    return "'" + name.replace("'", "''") + "'"
