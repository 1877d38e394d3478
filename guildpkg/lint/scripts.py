"""A packager as rules see it: read, never run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from guildpkg.errors import Fault, Where
from guildpkg.lean import dataclass

_SHELL_FUNCTION = re.compile(
    r"^[ \t]*(?:function[ \t]+([A-Za-z_][\w-]*)[ \t]*(?:\([ \t]*\)|\{)|([A-Za-z_][\w-]*)[ \t]*\([ \t]*\))", re.MULTILINE
)
_PYTHON = re.compile(r"#!.*\bpython[\d.]*[ \t]*$", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")


@dataclass(frozen=True, slots=True)
class Script:
    """A packager.

    Attributes:
        where: The file as the user knows it.
        text: Its content.
        functions: The functions of its top level, each with its line.
        python: True for a Python packager, false for a shell one.
        faults: What keeps it from being read.
    """

    where: Where
    text: str
    functions: tuple[tuple[str, int], ...] = ()
    python: bool = False
    faults: tuple[Fault, ...] = ()

    @property
    def code(self) -> Iterator[tuple[int, str]]:
        """The lines without their comments, numbered from 1."""
        for number, line in enumerate(self.text.splitlines(), start=1):
            yield number, _COMMENT.sub("", line)

    def at(self, line: int) -> Where:
        """Say where a line of it is."""
        return Where(self.where.file, line)


def read_script(text: str, file: str) -> Script:
    """Read a packager.

    Args:
        text: Its content.
        file: Its name as the user knows it; Python when it ends in ``.py`` or the first line names Python.
    """
    return _python(text, file) if file.endswith(".py") or _PYTHON.match(text) else _shell(text, file)


def _shell(text: str, file: str) -> Script:
    found = [match.span(match.lastindex or 0) for match in _SHELL_FUNCTION.finditer(text)]
    functions = tuple((text[start:end], text.count("\n", 0, start) + 1) for start, end in found)
    faults: list[Fault] = []
    if "\r\n" in text:
        line = text[: text.index("\r\n")].count("\n") + 1
        faults.append(
            Fault(Where(file, line), "the packager has the line ends of Windows", "save it with LF line ends")
        )
    return Script(Where(file), text, functions, faults=tuple(faults))


def _python(text: str, file: str) -> Script:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of '\d' and the like: what Python thinks of style is not asked
            tree = ast.parse(text)
    except SyntaxError as error:
        return _broken(text, Fault(Where(file, error.lineno or 0), f"the packager is not Python: {error.msg}"))
    except (ValueError, RecursionError, MemoryError) as error:
        return _broken(text, Fault(Where(file), f"the packager is not Python: {error}"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = tuple((node.name, node.lineno) for node in tree.body if isinstance(node, kinds))
    return Script(Where(file), text, found, python=True)


def _broken(text: str, fault: Fault) -> Script:
    return Script(fault.where, text, python=True, faults=(fault,))
