"""Small projects for the tests of this folder."""

from __future__ import annotations

import textwrap
from pathlib import Path

from guildpkg.core.project.model import Flag, Model, Operation, Project
from guildpkg.project.load import load


def project(folder: Path, text: str, name: str = "guild.yml", **others: str) -> Project:
    """Write a project file, and others (``__`` stands for a dot), and read the project."""
    (folder / name).write_text(textwrap.dedent(text), encoding="utf-8")
    for other, content in others.items():
        (folder / other.replace("__", ".")).write_text(textwrap.dedent(content), encoding="utf-8")
    return load(folder)


def ini(folder: Path, text: str) -> Project:
    """Write a ``Guild`` and read it."""
    return project(folder, text, "Guild")


def model(found: Project, name: str = "") -> Model:
    """Give a model, the default one when no name is given."""
    given = found.model(name) if name else found.default_model
    assert given is not None
    return given


def operation(found: Project, name: str = "train") -> Operation:
    """Give an operation of the default model."""
    given = model(found).operation(name)
    assert given is not None
    return given


def flag(found: Project, name: str) -> Flag:
    """Give a flag of the operation ``train`` of the default model."""
    given = operation(found).flag(name)
    assert given is not None
    return given


def warned(found: Project) -> list[str]:
    """Give the warnings as ``LINE MESSAGE``."""
    return [f"{warning.where.line} {warning.message}" for warning in found.warnings]
