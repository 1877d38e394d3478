"""Words of a command line -> the operation that they name, and what is given to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from guildpkg.core.project.find import Listed, find_operation
from guildpkg.core.project.flags import Given
from guildpkg.core.project.model import Operation, Project
from guildpkg.errors import Unknown, UsageFault
from guildpkg.lean import dataclass
from guildpkg.pipeline.project.here import find_project, installed_projects, listed_models
from guildpkg.pipeline.setting import Setting

_RUN: Final = re.compile(r"[0-9a-f]{4,32}|\d{8}T\d{6}Z(-[0-9a-f]+)?|\d{1,3}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants to be run, as he said it.

    Attributes:
        operation: Name of the operation when the command is called like it; empty when a word names it.
        words: ``MODEL`` or ``[MODEL:]OPERATION``, ``NAME=VALUE``, ``NAME``, ``@FILE``, in any order.
        forced: The words of ``-F``.
        before: What the record of a run gives, below the words.
        profiles: Names of profiles, the one that counts most last.
        label: Label of the run; None for that of the operation.
        tags: Tags besides those of the operation.
        gpus: Numbers of the GPUs that may be used; None for all, empty for none.
        python: Python interpreter, or a folder of one; empty for the usual rule.
        latest: Whether an operation that has no run of its own goes into the latest one.
        project_dir: ``-P``.
        project_file: ``--project-file``.
    """

    operation: str = ""
    words: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    before: tuple[Given, ...] = ()
    profiles: tuple[str, ...] = ()
    label: str | None = None
    tags: tuple[str, ...] = ()
    gpus: str | None = None
    python: str = ""
    latest: bool = False
    project_dir: str = ""
    project_file: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """The operation that is meant.

    Attributes:
        listed: Its model.
        operation: The operation.
        known: Every model that can be named from here.
        given: What is given to it, besides the files.
        files: Files with the flags of a batch.
        run: The run that the operation goes into when it has none of its own, as the user named it.
    """

    listed: Listed
    operation: Operation
    known: tuple[Listed, ...]
    given: tuple[Given, ...] = ()
    files: tuple[str, ...] = ()
    run: str = ""


def find_target(wish: Wish, cwd: Path, setting: Setting) -> Target:
    """Find what is meant.

    Raises:
        Unknown: There is no such model or operation, or several match.
        UsageFault: No model is named and none is the default, or a word makes no sense.
        NoProject: A folder or file was named, and there is no project.
        ProjectError: The project file is not sound.
    """
    project = find_project(cwd, directory=wish.project_dir, project_file=wish.project_file, home=setting.home)
    local = local_models(wish, project, cwd)
    return find_among(wish, local, cwd, lambda: installed_projects(setting.home, setting.report))


def find_among(
    wish: Wish, local: tuple[Listed, ...], cwd: Path, others: Callable[[], tuple[Project, ...]] = tuple
) -> Target:
    """Find what is meant among the models of a project, else among those of other projects, read only then."""
    bare, given, files = split_words(wish)
    if wish.operation == "evaluate" and bare and looks_like_run(bare[0], cwd) and not _is_model(bare[0], local):
        bare = ("", *bare)
    listed, operation, known = _find_anywhere(bare[0] if bare else "", wish, local, others)
    target = Target(listed, operation, known, files=files)
    for word in bare[1:]:
        if operation.run_policy == "overlay" and operation.flag(word) is None and looks_like_run(word, cwd):
            target = replace(target, run=word)
        else:
            given = (Given(word, None), *given)
    return replace(target, given=(*wish.before, *given))


def looks_like_run(word: str, cwd: Path) -> bool:
    """Tell whether a word of a command line can mean a run: a folder, an id, or a number of a listing."""
    return _RUN.fullmatch(word) is not None or (cwd / word).is_dir()


def _is_model(word: str, known: Sequence[Listed]) -> bool:
    return any(word in (item.model.name, item.full) for item in known)


def _find_anywhere(
    word: str, wish: Wish, local: tuple[Listed, ...], others: Callable[[], tuple[Project, ...]]
) -> tuple[Listed, Operation, tuple[Listed, ...]]:
    """Find an operation in the project, else among the installed packages, which are read only then."""
    try:
        if "/" in word.partition(":")[0] and not word.startswith("."):
            raise Unknown(word)
        return (*_find(word, wish.operation, local), local)
    except (Unknown, UsageFault):
        known = local + listed_models(None, Path(), others())
        if len(known) == len(local) and "/" not in word:
            raise
        return (*_find(word, wish.operation, known), known)


def _find(word: str, operation: str, known: Sequence[Listed]) -> tuple[Listed, Operation]:
    """Find an operation; the name of a package alone means the default model of its project."""
    if not operation:
        return find_operation(_in_package(word, known, ":"), known)
    return find_operation(f"{_in_package(word, known, '')}:{operation}" if word else operation, known)


def _in_package(word: str, known: Sequence[Listed], colon: str) -> str:
    package, mark, rest = word.partition(colon) if colon else (word, "", "")
    found = next((item for item in known if item.prefix == f"{package.rstrip('/')}/" and item.model.default), None)
    return f"{found.full}{mark}{rest}" if found and package else word


def local_models(wish: Wish, project: Project | None, cwd: Path) -> tuple[Listed, ...]:
    """List what may be meant of a project."""
    return listed_models(project, cwd) + (prepared_models(project, cwd) if wish.operation == "prepare" else ())


def prepared_models(project: Project | None, cwd: Path) -> tuple[Listed, ...]:
    """List what can be prepared besides the models."""
    of_models = listed_models(project, cwd)
    if project is None or not of_models:
        return ()
    return tuple(Listed(project, model, of_models[0].prefix) for model in project.prepared)


def split_words(wish: Wish) -> tuple[tuple[str, ...], tuple[Given, ...], tuple[str, ...]]:
    """Tell the words of a command line apart: names alone, what is given to flags, files with flags.

    Raises:
        UsageFault: A word has no name.
    """
    bare, given, files = [], [], []
    for word in wish.words:
        name, equals, value = word.partition("=")
        if word.startswith("@"):
            files.append(word[1:])
        elif not name:
            raise UsageFault(f"{word!r} has no name", hint="write NAME=VALUE")
        elif equals:
            given.append(Given(name, value))
        else:
            bare.append(word)
    for word in wish.forced:
        name, equals, value = word.partition("=")
        if not name:
            raise UsageFault(f"-F {word!r} has no name", hint="write -F NAME=VALUE, or -F NAME for a switch")
        given.append(Given(name, value if equals else None, forced=True))
    return tuple(bare), tuple(given), tuple(files)
