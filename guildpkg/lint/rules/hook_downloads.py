"""Fetching is for sources, which are pinned and checked; hooks run without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guildpkg.errors import Fault
from guildpkg.lint.findings import Severity
from guildpkg.lint.subject import RecipeSubject

ID = "hook-downloads"
SEVERITY = Severity.WARNING
SUMMARY = "A hook downloads something"

_SHELL = re.compile(
    r"(?:^|[\s;&|(])(?:curl|wget|git\s+(?:clone|fetch|pull)|pip3?\s+(?:install|download)|apt(?:-get)?\s+install"
    r"|conda\s+install|npm\s+(?:install|ci))(?=\s|$)"
)
_PYTHON = re.compile(r"\b(?:urlopen|urlretrieve|requests\.(?:get|post)|httpx\.(?:get|post|stream|Client))\b")


def check(subject: RecipeSubject) -> Iterator[Fault]:
    """Look for the usual downloaders."""
    if subject.script is None or subject.recipe.network:
        return  # of a recipe that asks for the network, network-wanted speaks
    fetches = _PYTHON if subject.script.python else _SHELL
    for number, line in subject.script.code:
        if found := fetches.search(line):
            message = f"{' '.join(found[0].split())}: hooks have no network"
            yield Fault(subject.script.at(number), message, "make what it fetches a source")
