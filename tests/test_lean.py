"""Data classes that are made in less time than the standard ones are used as those are."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import FrozenInstanceError, field
from typing import ClassVar

import pytest

from guildpkg.lean import dataclass, field_names


@dataclass(frozen=True, slots=True)
class Lean:
    """One of ours."""

    name: str
    size: int = 3
    parts: tuple[str, ...] = field(default_factory=tuple)
    note: str = field(default="", compare=False, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    """The same as the standard library makes it."""

    name: str
    size: int = 3
    parts: tuple[str, ...] = field(default_factory=tuple)
    note: str = field(default="", compare=False, repr=False)


@dataclass(slots=True)
class Open:
    """One that can be changed."""

    names: list[str] = field(default_factory=list)
    count: int = field(init=False, default=7)


def test_it_is_shown_compared_and_hashed_as_the_standard_one() -> None:
    ours, theirs = Lean("a", parts=("b",)), Standard("a", parts=("b",))
    assert repr(ours) == repr(theirs).replace("Standard", "Lean")
    assert (ours == Lean("a", 3, ("b",), "other"), ours == Lean("a"), ours.__eq__(theirs)) == (
        True,
        False,
        NotImplemented,
    )
    assert (hash(ours) == hash(Lean("a", 3, ("b",), "other")), hash(ours)) == (True, hash(theirs))


def test_its_fields_and_its_signature_are_those_of_the_standard_one() -> None:
    assert [one.name for one in dataclasses.fields(Lean)] == [one.name for one in dataclasses.fields(Standard)]
    names = [*inspect.signature(Lean).parameters]
    assert (names, Lean.__match_args__) == ([*inspect.signature(Standard).parameters], Standard.__match_args__)
    assert inspect.get_annotations(Lean.__init__, eval_str=True)["size"] is int


def test_a_frozen_one_cannot_be_changed_but_replaced_copied_and_pickled() -> None:
    one = Lean("a", 4)
    with pytest.raises(FrozenInstanceError):
        one.size = 5  # type: ignore[misc]  # that is the point
    with pytest.raises(FrozenInstanceError):
        del one.size
    assert dataclasses.replace(one, size=5) == Lean("a", 5)
    assert [copy.deepcopy(one), pickle.loads(pickle.dumps(one))] == [one, one]


def test_one_that_can_be_changed_has_defaults_of_its_own_and_no_hash() -> None:
    one, other = Open(), Open()
    one.names.append("x")
    assert (one.count, other.names, one == other) == (7, [], False)
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


@dataclass(frozen=True, slots=True)
class Longer(Lean):
    """One that adds to another and changes a default."""

    unit: ClassVar[str] = "B"
    size: int = 9
    more: str = "m"


@dataclass
class Loose:
    """One without slots, whose defaults can be read on the class."""

    count: int = 2
    names: list[str] = field(default_factory=list)


def test_one_that_adds_to_another_has_the_fields_of_both_and_each_slot_once() -> None:
    one = Longer("a", more="b")
    assert (one.size, one.note, one.more, list(Longer.__slots__)) == (9, "", "b", ["more"])
    assert [item.name for item in dataclasses.fields(one)] == ["name", "size", "parts", "note", "more"]
    assert (dataclasses.asdict(one)["size"], Lean("a").size, dataclasses.replace(one, size=1).size) == (9, 3, 1)
    assert (dataclasses.is_dataclass(Longer), field_names(one), field_names("a")) == (
        True,
        ("name", "size", "parts", "note", "more"),
        None,
    )


def test_a_standard_one_may_add_to_one_of_ours() -> None:
    @dataclasses.dataclass(frozen=True)
    class Both(Lean):
        more: int = 1

    assert dataclasses.astuple(Both("a", more=2)) == ("a", 3, (), "", 2)


def test_without_slots_defaults_stand_on_the_class_and_factories_do_not() -> None:
    assert (Loose.count, hasattr(Loose, "names"), Loose().names, Loose(3).count) == (2, False, [], 3)


def test_a_default_that_can_be_changed_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mutable default for .*Shared\.names"):

        @dataclass
        class Shared:
            names: list[str] = []  # noqa: RUF012 - that is what is refused


def test_wrong_arguments_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"Lean\.__init__\(\) missing 1 required positional argument: 'name'"):
        Lean()  # type: ignore[call-arg]  # that is the point
