r"""Change one attribute in the text of a recipe, and nothing else: comments, alignment and line ends stay.

Words of a list (``patches``, ``source``) are added, removed and replaced where they stand; an attribute that is not
there yet is written below its like, in the indentation and with the ``=`` of its neighbours.
"""

from __future__ import annotations

import re

from guildpkg.core import ini

_LINE = re.compile(r"([^\r\n\x1a]*)(\r\n|[\n\r\x1a]|\Z)")
_WIDEST = 100
_ABOVE = {"patches": ("source", "maintainer", "url", "license", "description", "version", "name")}


def add_word(text: str, key: str, word: str) -> str:
    """Add a word to the end of a list in ``[package]``; the list is begun if there is none."""
    lines = _lines(text)
    attr = _attr(text, "package", (), key)
    if attr is None:
        return _begin(text, lines, key, word)
    content, end = lines[attr.last_line - 1]
    end = end or _line_end(lines)
    first = lines[attr.line - 1][0]
    bare = content.rstrip()
    if attr.last_line > attr.line:
        indent = re.match(r"\s*", content)
        more = [(f"{bare} \\", end), ((indent[0] if indent else "") + word, lines[attr.last_line - 1][1])]
    elif len(bare) + 1 + len(word) > _WIDEST and attr.value:
        column = len(re.split(r"(?<=[=:])\s*(?=\S)", first, maxsplit=1)[0])
        column = len(first) - len(first[column:].lstrip())
        more = [(f"{bare} \\", end), (" " * column + word, lines[attr.last_line - 1][1])]
    else:
        more = [(f"{bare} {word}", lines[attr.last_line - 1][1])]
    lines[attr.last_line - 1 : attr.last_line] = more
    return _joined(lines)


def remove_word(text: str, key: str, word: str) -> str:
    """Take a word out of a list in ``[package]``; an attribute without words goes."""
    attr = _attr(text, "package", (), key)
    if attr is None or word not in attr.words:
        return text
    lines = _lines(text)
    span = range(attr.line - 1, attr.last_line)
    if attr.words == (word,):
        del lines[span.start : span.stop]
        return _joined(lines)
    pattern = re.compile(rf"(?<!\S){re.escape(word)}(?:[ \t]+(?=\S)|(?!\S))")
    for number in span:
        content, end = lines[number]
        start = _value_at(content) if number == span.start else 0
        if pattern.search(content[start:]):
            lines[number] = (_without(content[:start], pattern.sub("", content[start:], count=1)), end)
            if number > span.start and not lines[number][0].strip(" \t\\"):
                _drop_line(lines, number, last=number == span.stop - 1)
            break
    return _joined(lines)


def replace_word(text: str, key: str, old: str, new: str) -> str:
    """Put another word in the place of one in a list of ``[package]``."""
    attr = _attr(text, "package", (), key)
    if attr is None:
        return text
    lines = _lines(text)
    for number in range(attr.line - 1, attr.last_line):
        content, end = lines[number]
        start = _value_at(content) if number == attr.line - 1 else 0
        tail = re.sub(rf"(?<!\S){re.escape(old)}(?!\S)", lambda _: new, content[start:])
        lines[number] = (content[:start] + tail, end)
    return _joined(lines)


def set_value(text: str, section: str, names: tuple[str, ...], key: str, value: str) -> str:
    """Give an attribute that is there another value, on one line; what is not there is not made."""
    attr = _attr(text, section, names, key)
    if attr is None:
        return text
    lines = _lines(text)
    content = lines[attr.line - 1][0]
    lines[attr.line - 1 : attr.last_line] = [(content[: _value_at(content)] + value, lines[attr.last_line - 1][1])]
    return _joined(lines)


def _attr(text: str, section: str, names: tuple[str, ...], key: str) -> ini.Attr | None:
    found = ini.parse(text, "").first(section, *names)
    return found.attrs.get(key) if found else None


def _lines(text: str) -> list[tuple[str, str]]:
    """Split a text into lines, each with what ends it."""
    found = [(match[1], match[2]) for match in _LINE.finditer(text)]
    return found[:-1] if found and found[-1] == ("", "") else found


def _joined(lines: list[tuple[str, str]]) -> str:
    return "".join(content + end for content, end in lines)


def _line_end(lines: list[tuple[str, str]]) -> str:
    return next((end for _, end in lines if end), "\n")


def _value_at(content: str) -> int:
    found = re.match(r"\s*[^\s=:]+\s*[=:][ \t]*", content)
    return found.end() if found else 0


def _without(head: str, tail: str) -> str:
    """Close the gap that a word leaves; a backslash at the end of the line keeps one blank before it."""
    if tail.rstrip().endswith("\\"):
        return head + re.sub(r"\s*\\$", r" \\", tail.rstrip()) if tail.strip(" \t\\") else head + tail.rstrip()
    return (head + tail).rstrip()


def _drop_line(lines: list[tuple[str, str]], number: int, *, last: bool) -> None:
    """Remove a continuation line that has become empty; the last line of an attribute ends without a backslash."""
    end = lines[number][1]
    del lines[number]
    if last:
        lines[number - 1] = (lines[number - 1][0].rstrip().removesuffix("\\").rstrip(), end)


def _begin(text: str, lines: list[tuple[str, str]], key: str, word: str) -> str:
    """Write an attribute that is not there yet, below a comment that shows it, else below its like."""
    parsed = ini.parse(text, "")
    package = parsed.first("package")
    if package is None:
        return text
    end = _line_end(lines)
    beyond = min((s.line for s in parsed.sections if s.line > package.line), default=len(lines) + 1)
    shown = [n for n in range(package.line, beyond - 1) if re.match(rf"\s*[#;]\s*{key}\s*[=:]", lines[n][0])]
    near = next((package.attrs[name] for name in _ABOVE.get(key, ()) if name in package.attrs), None)
    after = shown[0] + 1 if shown else near.last_line if near else package.line
    model = re.match(r"(\s*)([^\s=:]+)(\s*)([=:])(\s*)", lines[near.line - 1][0]) if near else None
    if model:
        width = max(len(model[2]) + len(model[3]), len(key) + bool(model[3]))
        line = f"{model[1]}{key.ljust(width)}{model[4]}{model[5] or ' '}{word}"
    else:
        line = f"  {key} = {word}"
    if after and after <= len(lines) and not lines[after - 1][1]:
        lines[after - 1] = (lines[after - 1][0], end)
        end = ""
    lines.insert(after, (line, end))
    return _joined(lines)
