"""Filter expressions: what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.runs.dates import Span, seconds_of, span_of
from guildpkg.core.runs.filter import Value
from guildpkg.core.runs.filter_text import parse_filter
from guildpkg.errors import UsageFault

BERLIN = timezone(timedelta(hours=1))
NOW = int(datetime(2026, 11, 25, 12, 30, tzinfo=UTC).timestamp()) * 10**9
HOUR = 3600 * 10**9
RUN: dict[tuple[str, str], Value] = {
    ("attr", "status"): "error",
    ("attr", "label"): "with dropout",
    ("attr", "tag"): ("good", "v2"),
    ("attr", "started"): NOW - 30 * HOUR,
    ("attr", "duration"): 400.0,
    ("attr", "run"): "00000003",
    ("flag", "lr"): 0.1,
    ("flag", "layers"): 3,
    ("flag", "name"): "013",
    ("flag", "train"): True,
    ("flag", "my flag"): "x",
    ("flag", "loss"): "mse",
    ("scalar", "acc"): 0.93,
    ("scalar", "loss"): 0.5,
}


def local(time: datetime) -> datetime:
    return time.replace(tzinfo=BERLIN) if time.tzinfo is None else time.astimezone(BERLIN)


def takes(text: str) -> bool:
    return parse_filter(text, NOW, local).takes(lambda kind, name: RUN.get((kind, name)))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("status = error", True),
        ("status != error", False),
        ("status in [completed, error]", True),
        ("status not in [completed, error]", False),
        ("lr = 0.1", True),
        ("lr = 1e-1", True),
        ("lr = '0.1'", True),
        ("lr >= 0.1 and layers < 4", True),
        ("lr > 0.1 or layers > 3", False),
        ("name = 013", True),
        ("name = 13", False),
        ("train = yes", True),
        ("train != true", False),
        ("tag = good", True),
        ("tag contains v", True),
        ("tags = good", False),
        ("label contains dropout", True),
        ("label not contains dropout", False),
        ("label = 'with dropout'", True),
        ("run = 00000003", True),
        ("loss = mse", True),
        ("scalar:loss < 0.6", True),
        ("acc > 0.9 AND NOT status = completed", True),
        ("nothing = 1", False),
        ("nothing != 1", True),
        ("nothing is undefined and lr is not undefined", True),
        ("flag:'my flag' = x", True),
        ("'my flag' = x", True),
        ("lr < abc", False),
        ("name < 5", False),
        ("not (lr = 1 or lr = 2)", True),
        ("lr = 1 or lr = 0.1 and status = completed", False),
        ("started > '2 days ago'", True),
        ("started > 'an hour ago'", False),
        ("started = yesterday", True),
        ("started = 2026-11-24", True),
        ("started < 2026-11-24", False),
        ("started <= 2026-11-24 and started >= 2026-11-24", True),
        ("started > 2026-11-24", False),
        ("started > '2026-11-24 07:29' and started < '2026-11-24T07:31'", True),
        ("started = '2026-11-24 06:30Z'", True),
        ("duration > 5m and duration < '7 minutes'", True),
    ],
)
def test_an_expression_is_true_or_not(text: str, wanted: bool) -> None:
    assert takes(text) is wanted


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "the filter is empty", "status = completed"),
        ("status = complted", "at character 10: 'complted' is no status", "did you mean completed?"),
        ("lr >", "at its end: a value is missing", ""),
        ("lr", "at its end: a comparison is missing behind 'lr'", "a name is followed by"),
        ("lr contians 1", "at character 4: a comparison is missing", "did you mean contains?"),
        ("lr = 1 adn x = 2", "at character 8: what 'adn' is for is not clear", "and"),
        ("(lr = 1", "at its end: a ) is missing", ""),
        ("lr = 'x", "at character 6: the ' is never closed", ""),
        ("lr ! 1", "at character 4: '!' cannot stand here", ""),
        ("started > soon", "at character 11: 'soon' is no point of time", "2 days ago"),
        ("started > 2026-13-01", "is no point of time", ""),
        ("started contains 2026", "is a point of time and contains nothing", ""),
        ("duration > long", "is no duration", "5m"),
        ("status in error", "a [ is missing", ""),
        ("status in [error", "a ] or a comma is missing", ""),
        ("lr is 1", "only `undefined` can stand behind `is`", ""),
        ("and = 1", "at character 1: a name is missing", ""),
        ("flag: = 1", "a name is missing behind flag:", ""),
        ("(" * 60 + "a = 1", "too much lies inside one another", ""),
    ],
    ids=lambda value: value[:20],
)
def test_a_filter_that_means_nothing_is_refused_with_the_place(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageFault) as caught:
        parse_filter(text, NOW, local)
    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_scalars_are_not_read_when_something_cheaper_decides() -> None:
    asked: list[str] = []

    def look(kind: str, name: str) -> Value:
        asked.append(f"{kind}:{name}")
        return RUN.get((kind, name))

    assert not parse_filter("scalar:acc > 0.5 and lr = 9 and status = completed", NOW, local).takes(look)
    assert parse_filter("scalar:acc > 0.5 or status = error", NOW, local).takes(look)
    assert asked == ["attr:status", "attr:status"]


NAMES = st.sampled_from(["lr", "layers", "label", "nothing", "acc", "scalar:loss"])
TESTS = st.builds(
    "({} {} {})".format, NAMES, st.sampled_from(["=", "!=", "<"]), st.sampled_from(["0.1", "3", "error", "'x'"])
)
EXPRESSIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("(not {})".format, inner),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, EXPRESSIONS)
def test_the_laws_of_logic_hold(one: str, other: str) -> None:
    assert takes(f"not {one}") is not takes(one)
    assert takes(f"not ({one} and {other})") is takes(f"not {one} or not {other}")
    assert takes(f"{one} or {other}") is takes(f"{other} or {one}")


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(UsageFault):
        assert takes(text) in (True, False)


def test_a_day_on_which_clocks_change_is_whole() -> None:
    def summer(time: datetime) -> datetime:
        """A zone that goes from +1 to +2 within 29 March 2026."""
        ahead = timezone(timedelta(hours=2)) if time.replace(tzinfo=None) >= datetime(2026, 3, 29, 2) else BERLIN
        return time.replace(tzinfo=ahead)

    span = span_of("2026-03-29", NOW, summer)
    assert isinstance(span, Span)
    assert span.end - span.start == 23 * HOUR


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("1.5h", 5400), ("2 weeks", 1209600), ("x", None), ("5 y", None)]
)
def test_durations(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds
