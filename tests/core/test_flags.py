"""From definitions, profiles and words to values, and from values to arguments."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildpkg.core.project.flag_args import arguments, flag_variables
from guildpkg.core.project.flag_types import list_items, text_of
from guildpkg.core.project.flags import FlagValue, Given, fill_flags, lay_flags, settle_flags
from guildpkg.core.project.model import Choice, Exec, Flag, Operation, PythonModule
from guildpkg.core.project.values import raw_of, typed
from guildpkg.errors import FlagError, Where

TRAIN = Operation("train", PythonModule("train"), where=Where("guild.yml", 3))
INI = replace(TRAIN, variables="ini", arg_order="file")
VARIABLES = {"RUNDIR": "/runs/1/files"}


def flag(name: str, raw: str | None = None, **more: object) -> Flag:
    """A flag whose default is what its text says."""
    kind = str(more.get("type", "auto"))
    default = raw if kind == "string" else None if raw is None else typed(raw)
    return Flag(name, raw, **{"default": default, "where": Where("guild.yml", 7), **more})  # type: ignore[arg-type]


def values(operation: Operation, *words: str, profiles: tuple[str, ...] = ()) -> tuple[FlagValue, ...]:
    """Read the flags of an operation for words NAME=VALUE, or NAME alone."""
    pairs = [word.partition("=") for word in words]
    found = [Given(name, raw if equals else None) for name, equals, raw in pairs]
    return settle_flags(operation, lay_flags(operation, profiles, found), lambda path, layer: f"/{layer}/{path}")


def argv(operation: Operation, *words: str) -> list[str]:
    """Write the arguments of an operation for words."""
    filled = fill_flags(operation, values(operation, *words), VARIABLES)
    return list(arguments(operation, filled, VARIABLES).words)


@pytest.mark.parametrize(
    ("defined", "words", "wanted"),
    [
        (flag("lr", "0.10"), [], ["--lr", "0.10"]),
        (flag("lr", "0.1"), ["lr=1e-3"], ["--lr", "1e-3"]),
        (flag("n", "0x1f"), [], ["--n", "31"]),
        (flag("n", ".inf"), [], ["--n", "inf"]),
        (flag("mode", "0755"), [], ["--mode", "0755"]),
        (flag("version", "1.10", type="string"), [], ["--version", "1.10"]),
        (flag("answer", "yes", type="string"), [], ["--answer", "yes"]),
        (flag("quiet", "yes"), [], ["--quiet"]),
        (flag("quiet", "no"), [], []),
        (flag("quiet", "no"), ["quiet"], ["--quiet"]),
        (flag("quiet", "no", arg_style="equals"), [], ["--quiet=false"]),
        (flag("x"), [], []),
        (flag("x", "1"), ["x="], []),
        (flag("x", "a"), ["x=-rf"], ["--x=-rf"]),
        (flag("x", "a"), ["x=-1.5"], ["--x", "-1.5"]),
        (flag("x", "a"), ["x=a=b"], ["--x", "a=b"]),
        (flag("x", "a b"), [], ["--x", "a b"]),
        (flag("x", "1", arg_name="X"), [], ["--X", "1"]),
        (flag("x", "1", arg_style="assign"), [], ["x=1"]),
        (flag("x", "1", arg_skip=True), [], []),
        (flag("x", "1", alias="y"), ["y=2"], ["--x", "2"]),
        (flag("x", "off", arg_switch=False), [], ["--x"]),
        (flag("x", "on", arg_switch=False), [], []),
        (flag("x", "a,b c", arg_split=","), [], ["--x", "a", "b c"]),
        (flag("x", "a 'b c'", arg_split="shlex"), [], ["--x", "a", "b c"]),
        (flag("x", "a", arg_split=","), ["x=[1, 2]"], ["--x", "1", "2"]),
        (flag("x", "here", type="path"), ["x=b"], ["--x", "/cmdline/b"]),
    ],
    ids=str,
)
def test_a_flag_of_guild_yml_is_passed(defined: Flag, words: list[str], wanted: list[str]) -> None:
    assert argv(replace(TRAIN, flags=(defined,)), *words) == wanted


def test_flags_of_a_guild_file_are_passed_in_order_and_as_they_stand() -> None:
    flags = (flag("b", "0100"), flag("a", "$RUNDIR/x"), flag("fake", "", default=True), flag("n", "no"))
    assert argv(replace(INI, flags=flags)) == ["--b", "0100", "--a", "/runs/1/files/x", "--fake", "--n", "no"]
    assert argv(replace(INI, flags=flags), "fake", "n") == [
        "--b", "0100", "--a", "/runs/1/files/x", "--fake", "--n", "true"
    ]  # fmt: skip


def test_the_last_layer_counts_and_is_told() -> None:
    operation = replace(TRAIN, flags=(flag("x", "1"), flag("y", "1"), flag("z", "1", layer="model")),
                        profiles={"p": {"x": "2", "y": "2"}})  # fmt: skip
    found = values(operation, "x=3", "x=4", profiles=("p",))
    assert [(v.value, v.layer) for v in found] == [(4, "cmdline"), (2, "profile"), (1, "model")]


def test_flags_refer_to_one_another_and_keep_the_type() -> None:
    flags = (flag("a", "${b}"), flag("b", "3"), flag("c", "${a}-${b}-${d}"))
    found = fill_flags(TRAIN, values(replace(TRAIN, flags=flags)), {})
    assert [v.value for v in found] == [3, 3, "3-3-${d}"]
    with pytest.raises(FlagError, match=r"guild\.yml:7: flags refer to one another: a -> b -> a"):
        values(replace(TRAIN, flags=(flag("a", "${b}"), flag("b", "${a}"))))


def test_a_choice_sets_other_flags_and_is_passed_by_its_own_arguments() -> None:
    choices = (Choice("fast", "fast", args=("--quick", "1"), flags={"n": "1"}), Choice("deep", "deep", alias="d"))
    operation = replace(TRAIN, flags=(flag("how", "deep", choices=choices), flag("n", "9")))
    assert argv(operation, "how=d") == ["--how", "deep", "--n", "9"]
    assert argv(operation, "how=fast") == ["--quick", "1", "--n", "1"]
    assert argv(operation, "how=fast", "n=5") == ["--quick", "1", "--n", "5"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["n=x"], "guild.yml:7: flag n: 'x' is not a whole number"),
        (["n=1.5"], "guild.yml:7: flag n: '1.5' is not a whole number"),
        (["n=0"], "guild.yml:7: flag n: 0 is less than 1"),
        (["n=10"], "guild.yml:7: flag n: 10 is greater than 9"),
        (["c=z"], "guild.yml:7: flag c: 'z' is none of its choices (there is a, b)"),
        (["r="], "guild.yml:7: flag r: it is required (give it with r=VALUE)"),
        (["m=1"], "guild.yml:3: train has no flag m (there is n, c, r)"),
    ],
    ids=str,
)
def test_a_value_that_does_not_fit_is_told_with_the_place_of_the_flag(words: list[str], message: str) -> None:
    flags = (
        flag("n", "5", type="int", minimum=1, maximum=9),
        flag("c", "a", choices=(Choice("a", "a"), Choice("b", "b"))),
        flag("r", "1", required=True),
    )
    with pytest.raises(FlagError) as caught:
        values(replace(TRAIN, flags=flags), *words)
    assert str(caught.value) == message


def test_a_flag_that_the_command_names_already_is_not_passed() -> None:
    operation = replace(TRAIN, command=PythonModule("train", ("--n", "3", "--m=2")), flags=(flag("n", "1"), flag("m")))
    found = arguments(operation, values(operation, "m=4"), {})
    assert (found.words, found.ignored) == (("--n", "3", "--m=2"), ("m", "n"))


def test_a_program_gets_the_flags_where_it_wants_them_or_not_at_all() -> None:
    flags = (flag("n", "1"), flag("m", "a b"))
    with_all = replace(TRAIN, command=Exec(("run", "${flag_args}", "--last", "${m}")), flags=flags)
    assert argv(with_all) == ["run", "--m", "a b", "--n", "1", "--last", "a b"]
    assert argv(replace(with_all, command=Exec(("run", "${n}")))) == ["run", "1"]


def test_flags_are_in_the_environment() -> None:
    flags = (flag("learning-rate", "0.1"), flag("x", "1", env_name="X"), flag("gone"))
    assert flag_variables(values(replace(TRAIN, flags=flags))) == {"FLAG_LEARNING_RATE": "0.1", "X": "1"}


@given(st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans(), st.text(max_size=20)))
def test_a_value_that_is_written_is_read_again(value: float | str) -> None:
    assert typed(raw_of(value)) == value
    if isinstance(value, float):
        assert float(text_of(value, raw_of(value))) == value


@given(st.lists(st.text("abc 1.-", min_size=1).map(str.strip).filter(bool)))
def test_a_list_is_split_where_its_commas_are(items: list[str]) -> None:
    assert list_items(f"[{', '.join(items)}]") == items
