"""What the text of a flag means: types, choices, limits; and back, as a script is given it."""

from __future__ import annotations

from guildpkg.core.project.model import Choice, Flag, Scalar, Value
from guildpkg.core.project.values import convert, raw_of, typed
from guildpkg.core.words import did_you_mean


class BadValue(ValueError):
    """Text that a flag cannot have; the message ends a sentence that begins with the name of the flag."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def typed_value(flag: Flag, raw: str | None, syntax: str) -> Value:
    """Read the text of a flag.

    Args:
        flag: The flag.
        raw: The text; None when there is none.
        syntax: ``ini`` or ``yaml``: in the first all text is passed as it stands, and no text is a bare switch.

    Raises:
        BadValue: The text does not fit.
    """
    if raw is None:
        return None
    if syntax == "ini":
        return typed(raw) if raw else True
    if "${" in raw:
        return raw
    if choice := choice_of(flag, raw):
        return choice.value
    if flag.arg_split and (items := list_items(raw)) is not None:
        return tuple(_scalar(flag, item) for item in items)
    return _scalar(flag, raw)


def _scalar(flag: Flag, raw: str) -> Scalar:
    try:
        value = convert(raw, flag.type)
    except ValueError as error:
        raise BadValue(str(error)) from error
    if value is None:
        return None
    if flag.choices and not flag.allow_other:
        raise BadValue(f"{raw!r} is none of its choices", did_you_mean(raw, [choice.raw for choice in flag.choices]))
    if isinstance(value, int | float) and not isinstance(value, bool):
        if flag.minimum is not None and not value >= flag.minimum:
            raise BadValue(f"{raw} is less than {raw_of(flag.minimum)}")
        if flag.maximum is not None and not value <= flag.maximum:
            raise BadValue(f"{raw} is greater than {raw_of(flag.maximum)}")
    return value


def choice_of(flag: Flag, raw: str) -> Choice | None:
    """Give the choice of a flag that a text means; None when it means none of them."""
    value = typed(raw) if flag.type == "auto" else None
    for choice in flag.choices:
        if raw in (choice.raw, choice.alias) or (value is not None and _same(value, choice.value)):
            return choice
    return None


def _same(one: Scalar, other: Scalar) -> bool:
    """Tell whether two values are one; 1 and true are not."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def text_of(value: Value, raw: str | None) -> str:
    """Write a value as a script is given it: as it was typed, where any script reads that.

    ``0x1f`` becomes ``31`` and ``.inf`` becomes ``inf``; ``1e-3`` and ``0.10`` stay.
    """
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(text_of(item, None) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if raw is not None:
        try:
            if float(raw) == value:
                return raw.strip()
        except ValueError:
            pass
    return str(value)


def list_items(raw: str) -> list[str] | None:
    """Split ``[A, B]`` into the texts of its items, quotes and brackets heeded; None when it is no list."""
    text = raw.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    items, depth, quote, item = [], 0, "", ""
    for char in text[1:-1]:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"" and not item.strip():
            quote = char
        elif char in "[]":
            depth += 1 if char == "[" else -1
        if char == "," and not depth and not quote:
            items.append(item.strip())
            item = ""
        else:
            item += char
    if items or item.strip():
        items.append(item.strip())
    return items
