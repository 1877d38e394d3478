"""Words that somebody searches for -> the packages that are meant.

All words must be found. A word with ``*`` that is otherwise spelt like a name is a pattern for whole names
(``mnist-*``); one with other signs of regular expressions is one, and is looked for in names and descriptions; any
other is looked for as it is. Upper and lower case are the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from guildpkg.core.packages.catalog import Line, Summary
from guildpkg.errors import UsageFault
from guildpkg.lean import dataclass

_GLOB = re.compile(r"[\w+.*-]+")
_SIGNS: Final = frozenset("\\^$[](){}|?*")
_BLANK = re.compile(r"[\x00-\x1f\x7f]+")

Test = Callable[[str, str], bool]
"""Tells whether a name and a description, both in lower case, are meant."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for.

    Attributes:
        plain: Words that must be in the line, whatever else.
        tests: What name and description must satisfy.
    """

    plain: tuple[str, ...]
    tests: tuple[Test, ...]


def wanted(words: Sequence[str]) -> Wanted:
    """Read the words of a search.

    Raises:
        UsageFault: A regular expression cannot be read.
    """
    plain: list[str] = []
    tests: list[Test] = []
    for word in words:
        low = _BLANK.sub(" ", word.lower())
        if "*" in low and ".*" not in low and _GLOB.fullmatch(low):
            tests.append(_whole_name(low))
        elif _SIGNS & set(low):
            tests.append(_expression(word))
        else:
            plain.append(low)
            tests.append(lambda name, about, low=low: low in name or low in about)  # type: ignore[misc]
    return Wanted(tuple(plain), tuple(tests))


def format_lines(summary: Summary) -> str:
    """Write the lines of a summary as `matching` reads them: one each, with tabs between the values."""
    return "".join(
        f"{line.name}\t{line.version}\t{line.versions}\t{int(line.yanked)}\t{_BLANK.sub(' ', line.description)}\n"
        for line in summary.lines
    )


def matching(text: str, meant: Wanted) -> Iterator[Line]:
    """Give the packages in a text of `format_lines` that are meant.

    A hundred thousand lines take some hundredths of a second: most are passed over before they are taken apart.
    """
    for line, low in _candidates(text, meant.plain):
        name, _, rest = low.partition("\t")
        about = rest.rpartition("\t")[2]
        if name and all(test(name, about) for test in meant.tests):
            name, version, versions, yanked, about = line.split("\t", 4)
            yield Line(name, version, about, int(versions), yanked == "1")


def _candidates(text: str, plain: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give the lines that may be meant, as they are and in lower case."""
    low = text.lower()
    # a few letters are two in lower case: then places in one text are not those in the other
    if not plain or len(low) != len(text):
        yield from zip(text.split("\n"), low.split("\n"), strict=True)
        return
    word = max(plain, key=len)
    at = low.find(word)
    while at >= 0:
        begin, end = low.rfind("\n", 0, at) + 1, low.find("\n", at)
        end = len(low) if end < 0 else end
        yield text[begin:end], low[begin:end]
        at = low.find(word, end + 1)


def rank(line: Line, words: Sequence[str]) -> tuple[bool, bool, str]:
    """Order what was found: the very name first, then names with a word in them, then the rest; each by name."""
    low = [word.lower() for word in words]
    return line.name not in low, not any(word in line.name for word in low), line.name


def _whole_name(pattern: str) -> Test:
    whole = re.compile(".*".join(map(re.escape, pattern.split("*"))))
    return lambda name, _: whole.fullmatch(name) is not None


def _expression(word: str) -> Test:
    try:
        search = re.compile(word, re.IGNORECASE).search
    except re.error as error:
        raise UsageFault(
            f"{word!r} is no regular expression: {error}", hint="put a backslash before its signs"
        ) from error
    return lambda name, about: search(name) is not None or search(about) is not None
