"""Numbers written by a pattern, in the notation of Numeral.js that project files use.

========== =======================================================================================
``0``      a whole number; ``0000`` has at least four digits
``0.00``   that many decimals; ``0.0[00]`` leaves out zeros in brackets, ``0[.]00`` all decimals or none
``0,0``    thousands apart
``0%``     of a fraction, ``%`` alone is the same; ``0 %`` with a space before the sign
``0.0 b``  bytes in KB, MB, ... (powers of 1,000); ``ib`` in KiB, MiB, ... (powers of 1,024)
``0.0a``   thousands, millions, ... as k, m, b, t
``0.0e``   a power of ten: ``1.0e-3``
``00:00:00`` seconds as hours, minutes and seconds
``+0``     a sign always; ``(0)`` brackets for what is below zero
========== =======================================================================================

What stands before and behind it (``$0,0``, ``0.0 C``) is kept as it is. Halves are rounded away from zero.
"""

from __future__ import annotations

import functools
import math
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from guildpkg.lean import dataclass

_PATTERN: Final = re.compile(
    r"""(?P<before>[^0-9,.%()+\[\]]*)
        (?P<open>\()? (?P<plus>\+)?
        (?P<whole>0[0,]*)? (?P<maybe>\[\.\]|\.)? (?P<decimals>0*)? (?:\[(?P<optional>0+)\])?
        (?P<space>\ ?) (?P<unit>%|ib|b|a|e(?:\+0|-0)?)?
        (?P<close>\))?
        (?P<behind>[^0-9,.%()+\[\]]*)""",
    re.VERBOSE,
)
_SHORT: Final = ("", "k", "m", "b", "t")
_BYTES: Final = ("B", "KB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
_TIME: Final = "00:00:00"
_MOST: Final = 30
"""Decimals; more are no format for people."""
_CONTEXT: Final = Context(prec=400, Emax=999999, Emin=-999999)


@dataclass(frozen=True, slots=True)
class _Format:
    before: str
    brackets: bool
    plus: bool
    digits: int
    thousands: bool
    decimals: int
    droppable: int
    whole_or_none: bool
    space: str
    unit: str
    behind: str


def is_format(pattern: str) -> bool:
    """Tell whether a text is a pattern."""
    return pattern == _TIME or _read(pattern) is not None


def formatted(value: float, pattern: str) -> str:
    """Write a number.

    Args:
        value: The number.
        pattern: How; with an empty one, or one that is none, the number is written as short as it can be read back.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if pattern == _TIME:
        return _clock(value)
    form = _read(pattern) if pattern else None
    return _written(value, form) if form else shortest(value)


def shortest(value: float) -> str:
    """Write a number with as few digits as its size of 32 bits allows, whole ones without decimals."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.7g}"


def _clock(seconds: float) -> str:
    whole = int(_rounded(abs(seconds), 0))
    sign = "-" if seconds < 0 and whole else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


@functools.lru_cache(maxsize=256)
def _read(pattern: str) -> _Format | None:
    found = _PATTERN.fullmatch(pattern)
    if found is None:
        return None
    whole, unit = found["whole"] or "", found["unit"] or ""
    decimals, optional = len(found["decimals"] or ""), len(found["optional"] or "")
    plain = bool(whole) or bool(decimals + optional)
    if not (plain or unit == "%") or bool(found["open"]) != bool(found["close"]) or decimals + optional > _MOST:
        return None
    if (decimals or optional) and not found["maybe"]:
        return None
    return _Format(
        before=found["before"],
        brackets=bool(found["open"]),
        plus=bool(found["plus"]),
        digits=max(len(whole), 1) if "," not in whole else 1,
        thousands="," in whole,
        decimals=decimals + optional,
        droppable=optional,
        whole_or_none=found["maybe"] == "[.]",
        space=found["space"],
        unit=unit.rstrip("+-0") or unit,
        behind=found["behind"],
    )


def _written(value: float, form: _Format) -> str:
    number: float | Decimal
    number, unit = abs(value), form.unit
    if unit == "%":
        number = Decimal(repr(number)) * 100  # as a float, the greatest would become infinite
    elif unit in ("b", "ib", "a"):
        number, unit = _scaled(abs(value), form)
    digits = _exponential(abs(value), form) if unit == "e" else _plain(number, form)
    if unit == "e":
        unit = ""
    below = value < 0 and any(char in "123456789" for char in digits.partition("e")[0])
    sign = ("" if form.brackets else "-") if below else "+" if form.plus else ""
    text = f"{sign}{digits}{form.space if unit else ''}{unit}"
    text = f"({text})" if form.brackets and below else text
    return f"{form.before}{text}{form.behind if form.unit else form.space + form.behind}"


def _scaled(number: float, form: _Format) -> tuple[float, str]:
    """Divide by as many thousands as leave at least one; give the name of what remains."""
    names = _SHORT if form.unit == "a" else _BYTES
    base = 1024 if form.unit == "ib" else 1000
    power = 0
    while power + 1 < len(names) and _rounded(number / base**power, form.decimals) >= base:
        power += 1
    name = names[power]
    return number / base**power, f"{name[0]}iB" if form.unit == "ib" and power else name


def _plain(number: float | Decimal, form: _Format) -> str:
    whole, _, decimals = f"{_rounded(number, form.decimals):f}".partition(".")
    kept = len(decimals) - form.droppable
    decimals = decimals[:kept] + decimals[kept:].rstrip("0")
    if form.whole_or_none and not decimals.strip("0"):
        decimals = ""
    whole = f"{int(whole):,}" if form.thousands else whole.zfill(form.digits)
    return f"{whole}.{decimals}" if decimals else whole


def _exponential(number: float, form: _Format) -> str:
    power = math.floor(math.log10(number)) if number else 0
    scaled = _rounded(float(Decimal(repr(number)).scaleb(-power)), form.decimals)
    if scaled >= 10:
        scaled, power = _rounded(float(scaled / 10), form.decimals), power + 1
    return f"{scaled:f}e{power:+d}"


def _rounded(number: float | Decimal, decimals: int) -> Decimal:
    exact = number if isinstance(number, Decimal) else Decimal(repr(number))
    return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _CONTEXT)
