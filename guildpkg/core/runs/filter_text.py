"""The text of a filter expression -> `core.runs.filter.Filter`, or a refusal that points at the character.

.. code-block:: text

    either  = both { "or" both }
    both    = maybe { "and" maybe }
    maybe   = "not" maybe | "(" either ")" | test
    test    = NAME ( "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) VALUE
            | NAME [ "not" ] "contains" VALUE | NAME [ "not" ] "in" "[" VALUE { "," VALUE } "]"
            | NAME "is" [ "not" ] "undefined"
    NAME    = [ "attr:" | "flag:" | "scalar:" ] ( word | quoted )

Words end at white space and at ``()[],=<>!`` and quotes; what holds such characters, or is a word of the language, is
quoted with ``'`` or ``"``. The words of the language may be written in capitals.
"""

from __future__ import annotations

import re
from typing import Final

from guildpkg.core.runs.dates import EXAMPLES, Localize, seconds_of, span_of
from guildpkg.core.runs.filter import ATTRS, KINDS, TIMES, Filter, Literal, Name, Node, Not, Several, Test
from guildpkg.core.runs.status import STATUSES
from guildpkg.core.words import did_you_mean, nearest
from guildpkg.errors import UsageFault
from guildpkg.lean import dataclass

WORDS: Final = ("and", "or", "not", "in", "contains", "is", "undefined")
DEEPEST: Final = 50
"""Most parentheses and ``not`` inside one another."""
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<sign><=|>=|!=|<>|==|[()\[\],=<>])"""
    r"""|(?P<word>[^\s()\[\],=<>!'"]+))"""
)
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_SIGNS: Final = ("=", "==", "!=", "<>", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text: its kind (``word quoted sign end``), what it says, and where it begins, from 0."""

    kind: str
    text: str
    at: int


def parse_filter(text: str, now: int, local: Localize) -> Filter:
    """Read an expression.

    Args:
        text: The expression.
        now: Nanoseconds since the epoch, for times like ``2 days ago``.
        local: The zone of times without one.

    Raises:
        UsageFault: It is none; the message names the character.
    """
    return Filter(text, _Parser(text, now, local).whole())


class _Parser:
    """Reads one expression.

    Args:
        text: The expression.
        now: See `parse_filter`.
        local: See `parse_filter`.
    """

    def __init__(self, text: str, now: int, local: Localize) -> None:
        self._text = text
        self._now = now
        self._local = local
        self._tokens = self._cut()
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        """Read all of it."""
        if self._next.kind == "end":
            raise UsageFault("the filter is empty", hint="write for instance: status = completed and lr > 0.1")
        found = self._either()
        if self._next.kind != "end":
            close = nearest(self._next.text.lower(), ("and", "or")) if self._next.kind == "word" else ""
            raise self._fault(f"what {self._next.text!r} is for is not clear", self._next, close or "join with and, or")
        return found

    def _either(self) -> Node:
        parts = [self._both()]
        while self._word("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Several(tuple(parts), every=False)

    def _both(self) -> Node:
        parts = [self._maybe()]
        while self._word("and"):
            parts.append(self._maybe())
        return parts[0] if len(parts) == 1 else Several(tuple(parts), every=True)

    def _maybe(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._fault("too much lies inside one another here", self._next, "")
        try:
            if self._word("not"):
                return Not(self._maybe())
            if self._sign("("):
                found = self._either()
                if not self._sign(")"):
                    raise self._fault("a ) is missing", self._next, "")
                return found
            return self._test()
        finally:
            self._depth -= 1

    def _test(self) -> Node:
        name = self._name()
        how = self._next
        if how.kind == "sign" and how.text in _SIGNS:
            self._at += 1
            sign = {"==": "=", "!=": "=", "<>": "="}.get(how.text, how.text)
            test = Test(name, sign, (self._literal(name),))
            return Not(test) if how.text in ("!=", "<>") else test
        if self._word("is"):
            denied = self._word("not")
            if not self._word("undefined"):
                raise self._fault("only `undefined` can stand behind `is`", self._next, "compare values with =")
            return Not(Test(name, "undefined")) if denied else Test(name, "undefined")
        denied = self._word("not")
        found = self._contains_or_in(name)
        return Not(found) if denied else found

    def _contains_or_in(self, name: Name) -> Test:
        at = self._next
        if self._word("contains"):
            if name.kind == "attr" and name.name in TIMES:
                raise self._fault(f"{name.name} is a point of time and contains nothing", at, "compare it with < and >")
            return Test(name, "contains", (self._literal(name, text=True),))
        if self._word("in"):
            if not self._sign("["):
                raise self._fault("a [ is missing", self._next, "write for instance: status in [error, killed]")
            literals = [self._literal(name)]
            while self._sign(","):
                literals.append(self._literal(name))
            if not self._sign("]"):
                raise self._fault("a ] or a comma is missing", self._next, "")
            return Test(name, "=", tuple(literals))
        close = nearest(at.text.lower(), WORDS) if at.kind == "word" else ""
        hint = f"did you mean {close}?" if close else "a name is followed by = != < <= > >= in contains or is undefined"
        raise self._fault(f"a comparison is missing behind {name.name!r}", at, hint)

    def _name(self) -> Name:
        token = self._next
        if token.kind not in ("word", "quoted") or (token.kind == "word" and token.text.lower() in WORDS):
            raise self._fault("a name is missing", token, f"an attribute ({', '.join(ATTRS[:6])}, ...), flag or scalar")
        self._at += 1
        prefix, colon, rest = token.text.partition(":")
        if token.kind == "quoted" or not colon or prefix not in KINDS:
            return Name("attr", token.text) if token.text in ATTRS else Name("", token.text)
        if not rest and self._next.kind == "quoted" and self._next.at == token.at + len(token.text):
            rest = self._next.text
            self._at += 1
        if not rest:
            raise self._fault(f"a name is missing behind {token.text}", self._next, "")
        return Name(prefix, rest)

    def _literal(self, name: Name, *, text: bool = False) -> Literal:
        token = self._next
        if token.kind not in ("word", "quoted") or (token.kind == "word" and token.text.lower() in WORDS):
            raise self._fault("a value is missing", token, "quote a value that is a word of filters: 'not'")
        self._at += 1
        if name.kind == "attr" and not text:
            return self._attribute(name.name, token)
        return _plain(token)

    def _attribute(self, name: str, token: Token) -> Literal:
        """Read a value that an attribute is compared with, and refuse what it can never be."""
        if name in TIMES:
            span = span_of(token.text, self._now, self._local)
            if span is None:
                raise self._fault(f"{token.text!r} is no point of time", token, EXAMPLES)
            return Literal(token.text, None, span)
        if name == "status" and token.text not in STATUSES:
            raise self._fault(f"{token.text!r} is no status", token, did_you_mean(token.text, STATUSES))
        if name == "duration":
            seconds = seconds_of(token.text)
            if seconds is None:
                raise self._fault(f"{token.text!r} is no duration", token, "write it like 90s, 5m, 1.5h or '2 days'")
            return Literal(token.text, seconds)
        return _plain(token)

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _word(self, word: str) -> bool:
        found = self._next.kind == "word" and self._next.text.lower() == word
        self._at += found
        return found

    def _sign(self, sign: str) -> bool:
        found = self._next.kind == "sign" and self._next.text == sign
        self._at += found
        return found

    def _cut(self) -> list[Token]:
        tokens, at, end = [], 0, len(self._text.rstrip())
        while at < end:
            found = _TOKEN.match(self._text, at)
            if found is None:
                at += len(self._text[at:]) - len(self._text[at:].lstrip())
                quote = self._text[at] in "'\""
                what = f"the {self._text[at]} is never closed" if quote else f"{self._text[at]!r} cannot stand here"
                raise self._fault(what, Token("sign", self._text[at], at), "")
            kind = found.lastgroup or ""
            text = found[kind]
            text = re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) if kind == "quoted" else text
            tokens.append(Token(kind, text, found.start(kind)))
            at = found.end()
        return [*tokens, Token("end", "", end)]

    def _fault(self, message: str, token: Token, hint: str) -> UsageFault:
        where = "at its end" if token.kind == "end" else f"at character {token.at + 1}"
        return UsageFault(f"the filter {self._text!r} cannot be read {where}: {message}", hint=hint)


def _plain(token: Token) -> Literal:
    number = float(token.text) if token.kind == "word" and _NUMBER.fullmatch(token.text) else None
    return Literal(token.text, number)
