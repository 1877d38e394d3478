"""A project file that is a template: ``[var "NAME"]`` says what has to be filled in, ``{{NAME}}`` where.

In: the text of a ``Guild.in``, or of a ``Guild`` with variables, and values. Out: the text of a ``Guild``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from guildpkg.core import ini
from guildpkg.core.words import did_you_mean
from guildpkg.errors import UsageFault

_PLACE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")


def variables(text: str, file: str) -> dict[str, ini.Section]:
    """Give the sections of the variables of a template by their names."""
    return {section.name: section for section in ini.parse(text, file).sections if section.type == "var"}


def fill_template(text: str, file: str, given: Mapping[str, str], known: Mapping[str, str]) -> str:
    """Fill a template in.

    Args:
        text: Its text.
        file: Its name as the user knows it.
        given: What the user gives, by name.
        known: Variables that every template has.

    Raises:
        UsageFault: It has no such variable, or one that has to be given is not.
    """
    named = variables(text, file)
    for name in given:
        if name not in named:
            raise UsageFault(f"{file} has no variable {name}", hint=did_you_mean(name, [*named]))
    lacking = [
        name for name, section in named.items() if name not in given and section.get("required") in ("yes", "true")
    ]
    if lacking:
        told = "; ".join(f"{name} is {named[name].get('help') or 'required'}" for name in lacking)
        raise UsageFault(f"{file} needs {', '.join(f'{name}=VALUE' for name in lacking)}", hint=told)
    values = dict(known)
    for name, section in named.items():
        values[name] = given.get(name, _filled(section.get("default"), values))
    return _filled(_without_variables(text, file), values)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def _without_variables(text: str, file: str) -> str:
    """Take the sections of variables out; a comment before the next section is that section's."""
    lines = text.splitlines(keepends=True)
    sections = ini.parse(text, file).sections
    ends = [section.line - 1 for section in sections[1:]] + [len(lines)]
    for section, end in reversed(list(zip(sections, ends, strict=True))):
        if section.type == "var":
            while end > section.line and end < len(lines) and lines[end - 1].lstrip().startswith(("#", ";")):
                end -= 1  # noqa: PLW2901 - where this section really ends
            del lines[section.line - 1 : end]
    return "".join(lines)
