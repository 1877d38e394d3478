"""The two lists of ``[requires]``: packages with ranges, and Python requirements, both separated by commas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from guildpkg.core import names
from guildpkg.core.recipe.model import PackageNeed

if TYPE_CHECKING:
    from packaging.requirements import Requirement

Problem = tuple[str, str]
"""What is wrong with one item, and the hint."""

_NEED = re.compile(r"([A-Za-z0-9][A-Za-z0-9+._-]*)\s*(.*)")


def package_needs(text: str) -> tuple[tuple[PackageNeed, ...], tuple[Problem, ...]]:
    """Read ``packages = digits >= 1, other``.

    Returns:
        The items that could be read, and what is wrong with the others.
    """
    if not (items := split_at_commas(text)):
        return (), ()
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    found: list[PackageNeed] = []
    problems: list[Problem] = []
    for item in items:
        match = _NEED.fullmatch(item)
        if match is None or names.check_name(match[1]):
            problems.append((f"{item!r} names no package", "write NAME or NAME >= VERSION, separated by commas"))
            continue
        try:
            found.append(PackageNeed(match[1], SpecifierSet(match[2])))
        except InvalidSpecifier:
            problems.append((f"{match[2]!r} is not a range of versions", "ranges follow PEP 440: >= 1, == 2.*"))
    return tuple(found), tuple(problems)


def python_needs(text: str) -> tuple[tuple[Requirement, ...], tuple[Problem, ...]]:
    """Read ``python = tensorflow-cpu >= 2.16, tensorboard``.

    Returns:
        The items that could be read, and what is wrong with the others.
    """
    if not (items := split_at_commas(text)):
        return (), ()
    from packaging.requirements import InvalidRequirement, Requirement

    found: list[Requirement] = []
    problems: list[Problem] = []
    for item in items:
        try:
            found.append(Requirement(item))
        except InvalidRequirement as error:
            problems.append((f"{item!r} is not a Python requirement", str(error).splitlines()[0]))
    return tuple(found), tuple(problems)


def split_at_commas(text: str) -> list[str]:
    """Split a list at its commas, except at those of a range (``>= 1, < 2``) or of extras (``x[a, b]``)."""
    items: list[str] = []
    for part in text.split(","):
        open_extras = bool(items) and items[-1].count("[") > items[-1].count("]")
        if items and (open_extras or part.strip()[:1] in ("<", ">", "=", "!", "~")):
            items[-1] += "," + part
        else:
            items.append(part)
    return [item.strip() for item in items if item.strip()]
