"""The algebra of layers."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from guildpkg.core.project.overlay import Cycle, in_order, lay
from guildpkg.core.project.tree import Items, Node, Table, Text, join
from guildpkg.errors import Where

HERE = Where("guild.yml", 1)
LAYERS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9))
TEXTS = st.builds(Text, st.sampled_from("xyz"), st.just(HERE))
NODES: st.SearchStrategy[Node] = st.recursive(
    st.one_of(TEXTS, st.builds(Items, st.tuples(TEXTS), st.just(HERE))),
    lambda inner: st.builds(Table, st.dictionaries(st.sampled_from("abc"), inner), st.just(HERE)),
    max_leaves=8,
)
TABLES = st.builds(Table, st.dictionaries(st.sampled_from("abc"), NODES), st.just(HERE))


@given(LAYERS, LAYERS, LAYERS)
def test_layers_may_be_grouped_in_any_way(a: dict[str, int], b: dict[str, int], c: dict[str, int]) -> None:
    assert list(lay(lay(a, b), c).items()) == list(lay(a, lay(b, c)).items()) == list(lay(a, b, c).items())


@given(LAYERS)
def test_an_empty_layer_and_the_same_layer_change_nothing(a: dict[str, int]) -> None:
    assert list(lay(a).items()) == list(lay({}, a).items()) == list(lay(a, {}).items()) == list(lay(a, a).items())


@given(LAYERS, LAYERS)
def test_the_upper_layer_wins_at_the_place_of_the_lower(a: dict[str, int], b: dict[str, int]) -> None:
    laid = lay(a, b)
    assert laid == {**a, **b}
    assert list(laid)[: len(a)] == list(a)


@given(TABLES, TABLES, TABLES)
def test_tables_may_be_joined_in_any_grouping(a: Table, b: Table, c: Table) -> None:
    assume(_all_tables(a, b, c))
    assert join(join(a, b), c) == join(a, join(b, c))


def _all_tables(*tables: Table) -> bool:
    """Joining is associative where the same name is a table, or is no table, in every layer."""
    for name in {name for table in tables for name in table.entries}:
        nodes = [table.entries[name] for table in tables if name in table.entries]
        inner = [node for node in nodes if isinstance(node, Table)]
        if inner and len(inner) != len(nodes):
            return False
        if inner and not _all_tables(*inner):
            return False
    return True


@given(TABLES)
def test_a_table_joined_with_nothing_or_itself_is_itself(a: Table) -> None:
    nothing = Table({}, HERE)
    assert join(nothing, a) == join(a, nothing) == join(a, a) == a


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3)))
def test_what_is_needed_comes_first_or_there_is_a_circle(needs: dict[str, list[str]]) -> None:
    found = _ordered(needs)
    if isinstance(found, Cycle):
        assert found.path[0] == found.path[-1]
        assert all(after in needs[before] for before, after in zip(found.path, found.path[1:], strict=False))
        return
    order = found
    assert set(order) >= set(needs)
    assert all(order.index(need) < order.index(name) for name in needs for need in needs[name])


def _ordered(needs: dict[str, list[str]]) -> tuple[str, ...] | Cycle:
    try:
        return in_order(needs, lambda name: needs.get(name, []))
    except Cycle as circle:
        return circle


def test_a_long_chain_is_no_problem() -> None:
    order = in_order(["0"], lambda name: [str(int(name) + 1)] if int(name) < 5000 else [])
    assert (order[0], order[-1]) == ("5000", "0")


def test_a_circle_is_named_from_where_it_closes() -> None:
    with pytest.raises(Cycle, match="b -> c -> b"):
        in_order(["a"], lambda name: {"a": ["b"], "b": ["c"], "c": ["b"]}[name])
