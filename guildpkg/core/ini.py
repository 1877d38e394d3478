r"""The one INI grammar: ``GuildPkg``, ``GuildPkg.lock``, ``.GuildPkg`` and ``Guild``.

Rules: lines end at CRLF, LF, CR or 0x1A; leading and trailing blanks do not count; ``#`` and ``;`` begin a comment
line (never an inline comment); ``#+`` lines are meta records; ``[type]``, ``[type "name"]`` and
``[type "name1" "name2"]`` open a section; ``name = value`` and ``name: value`` split at the first ``=`` or ``:``; a
last ``\`` joins the next line; ``@attrs KEYSPEC`` is the only directive. Everything that is wrong is reported, each
fault with its line, and parsing goes on behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from guildpkg.errors import Fault, Where
from guildpkg.lean import dataclass

_LINE_END = re.compile(r"\r\n|[\n\r\x1a]")
_SECTION = re.compile(r'\[\s*(?P<type>[^\s"\[\]]+)(?P<names>(?:\s+"[^"]*"){0,2})\s*\]')
_KEY = re.compile(r'(?P<type>[^\s"\[\]]+)(?P<names>(?:\s+"[^"]*"){0,2})')
_ATTR = re.compile(r"(?P<name>[^\s=:]+)\s*[=:]\s*(?P<value>.*)", re.DOTALL)
_TOKEN = re.compile(r'[^\s"]*"[^"]*"|\S+')
_QUOTED = re.compile(r'"([^"]*)"')
YES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
"""The words for a switch, in small letters."""


@dataclass(frozen=True, slots=True)
class Attr:
    """An attribute.

    Attributes:
        name: Left of the first ``=`` or ``:``.
        value: Right of it; the lines of a continuation are joined with their inner indentation kept.
        line: 1-based line on which it begins.
        last_line: 1-based line on which it ends.
    """

    name: str
    value: str
    line: int
    last_line: int

    @property
    def words(self) -> tuple[str, ...]:
        """The value split at white space."""
        return tuple(self.value.split())

    @property
    def squeezed(self) -> str:
        """The value with every run of white space made one blank, as continuation lines need it."""
        return " ".join(self.value.split())


@dataclass(frozen=True, slots=True)
class Directive:
    """An ``@attrs`` line: the section whose attributes are to be inserted here."""

    type: str
    names: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Meta:
    """A ``#+`` line: its words, quotes removed."""

    words: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section with its attributes and directives in the order of the file."""

    type: str
    names: tuple[str, ...]
    line: int
    items: tuple[Attr | Directive, ...] = ()

    @property
    def name(self) -> str:
        """The first name, or an empty string."""
        return self.names[0] if self.names else ""

    @property
    def title(self) -> str:
        """The section as its header is written."""
        return "[" + " ".join([self.type, *(f'"{name}"' for name in self.names)]) + "]"

    @property
    def attrs(self) -> dict[str, Attr]:
        """The attributes by name; of duplicates the last."""
        return {item.name: item for item in self.items if isinstance(item, Attr)}

    def get(self, name: str, default: str = "") -> str:
        """Give the value of an attribute with its white space squeezed."""
        attr = self.attrs.get(name)
        return default if attr is None else attr.squeezed


@dataclass(frozen=True, slots=True)
class IniFile:
    """A parsed file; *faults* is empty when all of it follows the grammar."""

    file: str
    sections: tuple[Section, ...]
    metas: tuple[Meta, ...]
    faults: tuple[Fault, ...]

    def of_type(self, kind: str) -> tuple[Section, ...]:
        """Give all sections of a type, in the order of the file."""
        return tuple(section for section in self.sections if section.type == kind)

    def first(self, kind: str, *names: str) -> Section | None:
        """Give the first section of that type and exactly those names."""
        found = (section for section in self.sections if section.type == kind and section.names == names)
        return next(found, None)


def parse(text: str, file: str) -> IniFile:
    """Read a file.

    Args:
        text: Its content.
        file: Its name as the user knows it, for the faults.

    Returns:
        What could be read, with every fault of the grammar.
    """
    reader = _Reader(file)
    for line, last, content in _logical_lines(text, reader):
        reader.take(line, last, content)
    sections = tuple(Section(o.type, o.names, o.line, tuple(o.items)) for o in reader.sections)
    return IniFile(file, sections, tuple(reader.metas), tuple(reader.faults))


@dataclass(slots=True)
class _Open:
    type: str
    names: tuple[str, ...]
    line: int
    items: list[Attr | Directive] = field(default_factory=list)


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.sections: list[_Open] = []
        self.metas: list[Meta] = []
        self.faults: list[Fault] = []

    def fault(self, line: int, message: str, hint: str = "") -> None:
        self.faults.append(Fault(Where(self.file, line), message, hint))

    def take(self, line: int, last: int, content: str) -> None:
        if content.startswith("["):
            self._section(line, content)
        elif content.startswith("@"):
            self._directive(line, content)
        elif content.startswith("#+"):
            if words := tuple(_unquote(word) for word in _TOKEN.findall(content[2:])):
                self.metas.append(Meta(words, line))
        elif content and content[0] not in "#;":
            self._attr(line, last, content)

    def _section(self, line: int, content: str) -> None:
        found = _SECTION.fullmatch(content)
        if found is None:
            hint = 'write [type] or [type "name"], with the name in double quotes'
            self.fault(line, f"syntax error: {_shorten(content)}", hint)
            # what follows belongs to the broken header: swallow it instead of reporting every line of it
            self.sections.append(_Open("", (), line))
            return
        self.sections.append(_Open(found["type"], tuple(_QUOTED.findall(found["names"])), line))

    def _directive(self, line: int, content: str) -> None:
        word, *spec = content.split(maxsplit=1)
        found = _KEY.fullmatch("".join(spec))
        if word != "@attrs" or found is None:
            self.fault(line, f"unknown directive: {_shorten(content)}", 'the only one is @attrs type "name"')
        elif not self.sections:
            self.fault(line, "@attrs stands before the first section", "move it into a section")
        else:
            names = tuple(_QUOTED.findall(found["names"]))
            self.sections[-1].items.append(Directive(found["type"], names, line))

    def _attr(self, line: int, last: int, content: str) -> None:
        found = _ATTR.fullmatch(content)
        if found is None:
            self.fault(line, f"syntax error: {_shorten(content)}", "an attribute is written name = value")
        elif not self.sections:
            self.fault(line, f"{found['name']} stands before the first section", "move it below a [section] line")
        else:
            self.sections[-1].items.append(Attr(found["name"], found["value"].strip(), line, last))


def _logical_lines(text: str, reader: _Reader) -> Iterator[tuple[int, int, str]]:
    """Join continued lines; yield first line number, last line number and content without outer blanks."""
    lines = _LINE_END.split(text.removeprefix("\ufeff"))
    number = 0
    while number < len(lines):
        first = number
        parts = [lines[number].strip()]
        comment = parts[0][:1] in ("#", ";")
        while parts[-1].endswith("\\") and not comment:
            parts[-1] = parts[-1][:-1]
            if number + 1 >= len(lines) or (number + 2 == len(lines) and not lines[number + 1]):
                reader.fault(number + 1, "the file ends in a continued line", "remove the last backslash")
                break
            number += 1
            parts.append(lines[number].rstrip())
        yield first + 1, number + 1, "".join(parts).strip()
        number += 1


def _unquote(word: str) -> str:
    return word.replace('"', "")


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
