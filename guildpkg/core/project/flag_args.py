"""Flags -> the arguments of a command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from guildpkg.core.project.flag_types import text_of
from guildpkg.core.project.flags import FlagValue
from guildpkg.core.project.model import Exec, Operation, PythonModule
from guildpkg.core.project.values import number_of
from guildpkg.core.project.variables import fill
from guildpkg.lean import dataclass

FLAG_ARGS = "${flag_args}"


@dataclass(frozen=True, slots=True)
class Arguments:
    """The words of a command.

    Attributes:
        words: Behind ``python -um MODULE``; of an `Exec` the program first.
        ignored: Flags that are not passed because the command names them already.
    """

    words: tuple[str, ...]
    ignored: tuple[str, ...] = ()


def arguments(operation: Operation, values: Sequence[FlagValue], variables: Mapping[str, str]) -> Arguments:
    """Write the arguments of an operation.

    Args:
        operation: What is to be run, no `Steps`.
        values: Its flags, with their variables filled in.
        variables: What stands for itself (``RUNDIR``).
    """
    command = operation.command
    assert isinstance(command, PythonModule | Exec), command
    known = {**variables, **{value.flag.name: value.text for value in values}}
    ordered = sorted(values, key=lambda value: value.flag.name) if operation.arg_order == "sorted" else values
    passed: list[str] = []
    ignored: list[str] = []
    for value in ordered:
        own = tuple(flag_words(value, operation.variables))
        if own and _is_named(value, command.args):
            ignored.append(value.flag.name)
        else:
            passed += own
    words: list[str] = []
    for word in command.args:
        words += passed if word == FLAG_ARGS else [fill(word, known, operation.variables)]
    return Arguments((*words, *(passed if isinstance(command, PythonModule) else ())), tuple(ignored))


def flag_words(value: FlagValue, syntax: str) -> Iterator[str]:
    """Write a flag as arguments; nothing when it is not passed."""
    flag = value.flag
    name = flag.arg_name or flag.name
    if flag.arg_skip or (value.value is None and syntax != "ini"):
        return
    if value.args is not None:
        yield from value.args
    elif flag.arg_switch is not None:
        if value.value == flag.arg_switch:
            yield f"--{name}"
    elif syntax == "ini" and not value.raw:
        yield f"--{name}"
    elif syntax == "ini":
        yield from _option(name, value.text)
    elif isinstance(value.value, bool) and flag.arg_style == "option":
        if value.value:
            yield f"--{name}"
    elif flag.arg_split:
        yield f"--{name}"
        yield from _split(value)
    elif flag.arg_style == "option":
        yield from _option(name, value.text)
    else:
        yield f"--{name}={value.text}" if flag.arg_style == "equals" else f"{name}={value.text}"


def _option(name: str, text: str) -> tuple[str, ...]:
    """Write ``--name text``, in one word where the script would take the text for an option of its own."""
    looks_like_option = text.startswith("-") and number_of(text) is None
    return (f"--{name}={text}",) if looks_like_option else (f"--{name}", text)


def _split(value: FlagValue) -> list[str]:
    if isinstance(value.value, tuple):
        return [text_of(item, None) for item in value.value]
    if value.flag.arg_split == "shlex":
        try:
            return shlex.split(value.text)
        except ValueError:
            return value.text.split()
    return [part.strip() for part in value.text.split(value.flag.arg_split)]


def _is_named(value: FlagValue, args: Sequence[str]) -> bool:
    name = value.flag.arg_name or value.flag.name
    return any(word == f"--{name}" or word.startswith(f"--{name}=") for word in args)


def flag_variables(values: Sequence[FlagValue]) -> dict[str, str]:
    """Give the variables of the environment that hold the flags: ``FLAG_NAME``, or what the flag says."""
    return {
        value.flag.env_name or "FLAG_" + re.sub(r"\W", "_", value.flag.name, flags=re.ASCII).upper(): value.text
        for value in values
        if value.value is not None
    }
