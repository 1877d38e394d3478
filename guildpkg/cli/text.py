"""Text for terminals: names from elsewhere can hold anything, also what a terminal would obey."""

from __future__ import annotations


def printable(text: str) -> str:
    """Escape all that is not for reading, but keep the ends of lines and tabs: for messages of several lines."""
    return "".join(char if char.isprintable() or char in "\n\t" else _escape(char) for char in text)


def one_line(text: str) -> str:
    r"""Escape all that is not for reading: control characters, ends of lines, marks that turn the direction of text.

    A byte that is not UTF-8 (a lone surrogate, as `os.fsdecode` makes of it) becomes ``\xNN``.
    """
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return repr(char)[1:-1]
