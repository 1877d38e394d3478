"""Lists, ranges and rows make a batch."""

from __future__ import annotations

import pytest

from guildpkg.core.project.flags import Laid, Layers
from guildpkg.core.project.model import Flag
from guildpkg.core.runs.trials import trials
from guildpkg.errors import FlagError, Where


def layers(**raws: str) -> Layers:
    """Flags as they were typed."""
    return Layers(tuple(Laid(Flag(name, where=Where("g", 1)), raw, "cmdline") for name, raw in raws.items()))


def texts(found: tuple[Layers, ...]) -> list[str]:
    """The values of each trial, in one word."""
    return ["/".join(item.raw or "" for item in trial.flags) for trial in found]


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("[0.1,0.01]", ["0.1", "0.01"]),
        ("[a, 'b, c', [1, 2]]", ["a", "'b, c'", "[1, 2]"]),
        ("0..1:5", ["0.0", "0.25", "0.5", "0.75", "1.0"]),
        ("0..10:6", ["0", "2", "4", "6", "8", "10"]),
        ("0..0.3:4", ["0.0", "0.1", "0.2", "0.3"]),
        ("1..4", ["1", "2", "3", "4"]),
        ("3..1", ["3", "2", "1"]),
        ("-1..1:3", ["-1", "0", "1"]),
        ("1e-3..1e-1:2", ["0.001", "0.1"]),
        ("5..9:1", ["5"]),
        ("1..2..3", ["1..2..3"]),
        ("'1..4'", ["'1..4'"]),
        ("[1", ["[1"]),
    ],
)
def test_a_value_stands_for(raw: str, wanted: list[str]) -> None:
    assert texts(trials(layers(x=raw))) == wanted


def test_every_combination_is_a_trial_for_every_row() -> None:
    found = trials(layers(a="[1,2]", b="x", c="[p,q]"), [{"b": "u"}, {"b": "v", "a": "9"}])
    assert texts(found) == ["1/u/p", "1/u/q", "2/u/p", "2/u/q", "9/v/p", "9/v/q"]


def test_what_the_file_writes_is_one_value_unless_it_is_a_list() -> None:
    def own(raw: str, default: object) -> Layers:
        return Layers((Laid(Flag("x", raw, default), raw, "operation", own=True),))  # type: ignore[arg-type]

    assert texts(trials(own("1..3", "1..3"))) == ["1..3"]
    assert texts(trials(own("[1, 2]", (1, 2)))) == ["1", "2"]


@pytest.mark.parametrize(
    ("raws", "rows", "message"),
    [
        ({"x": "[]"}, [], "flag x: the list is empty"),
        ({"x": "0..1.5"}, [], "0..1.5 does not say how many values (write 0..1.5:COUNT)"),
        ({"x": "0..1:0"}, [], "0..1 stands for 0 values"),
        ({"x": "1..99999999"}, [], "99,999,999 values"),
        ({"x": "1..999", "y": "1..999"}, [], "more than 10,000 trials"),
        ({"rate": "1"}, [{"rat": "2"}], "row 1 names rat, which is no flag (did you mean rate?)"),
    ],
)
def test_what_makes_no_batch_is_told(raws: dict[str, str], rows: list[dict[str, str]], message: str) -> None:
    with pytest.raises(FlagError) as caught:
        trials(layers(**raws), rows)
    assert message in str(caught.value)
