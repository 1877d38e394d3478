"""`dataclasses.dataclass` for classes that are there in a quarter of the time.

The standard one writes and compiles six methods for a frozen class, which is half of what guild's modules cost at each
start. Here the standard one makes the fields and the slots, one method is compiled, ``__init__``, and all classes share
the others. What `dataclasses.replace`, ``fields`` and ``asdict`` see is the same; so is what type checkers see.

Not known here: ``InitVar``, ``kw_only``, ``__post_init__`` and methods for equality of the class's own.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass

    __all__ = ["dataclass"]
else:

    def dataclass(cls: type | None = None, *, slots: bool = False, frozen: bool = False, eq: bool = True) -> Any:
        """Make a data class; the arguments are those of `dataclasses.dataclass`."""

        def make(cls: type) -> type:
            made = dataclasses.dataclass(cls, init=False, repr=False, eq=False, slots=slots)
            fields = dataclasses.fields(made)
            made.__init__ = _init(made, fields, frozen=frozen)
            if "__repr__" not in cls.__dict__:
                made.__repr__ = _repr
            if eq:
                made.__lean_key__ = _key([field.name for field in fields if field.compare])
                made.__eq__ = _eq
                made.__hash__ = _hash if frozen else None
            if frozen:
                made.__setattr__, made.__delattr__ = _refuse_set, _refuse_delete
                made.__getstate__, made.__setstate__ = _state, _set_state
            return made

        return make if cls is None else make(cls)


def _init(cls: type, fields: tuple[dataclasses.Field[Any], ...], *, frozen: bool) -> Callable[..., None]:
    """Write ``__init__``, the one method that is called often enough to be worth its own code."""
    known: dict[str, object] = {"_set": object.__setattr__, "_lacking": dataclasses.MISSING}
    heads, body = [], []
    for field in fields:
        name, value = field.name, field.name
        if field.default is not dataclasses.MISSING:
            known[f"_default_{name}"] = field.default
            head = f"{name}=_default_{name}"
            value = name if field.init else f"_default_{name}"
        elif field.default_factory is not dataclasses.MISSING:
            known[f"_make_{name}"] = field.default_factory
            head = f"{name}=_lacking"
            value = f"_make_{name}() if {name} is _lacking else {name}" if field.init else f"_make_{name}()"
        else:
            head = name
        if field.init:
            heads.append(head)
        body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    code = f"def make({', '.join(known)}):\n def __init__(self, {', '.join(heads)}):\n  "
    code += "\n  ".join(body or ["pass"]) + "\n return __init__"
    space: dict[str, Any] = {}
    exec(code, sys.modules[cls.__module__].__dict__, space)  # noqa: S102 - of names of fields, as the standard one does
    init: Callable[..., None] = space["make"](**known)
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {**{field.name: field.type for field in fields if field.init}, "return": None}
    return init


def _key(names: list[str]) -> Callable[[Any], object]:
    return attrgetter(*names) if names else type


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    key = self.__lean_key__
    return key(self) == key(other)


def _hash(self: Any) -> int:
    return hash(self.__lean_key__(self))


@recursive_repr()
def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse_set(_: object, name: str, __: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(_: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    """Give what `copy` and `pickle` keep of a class with slots whose attributes cannot be set."""
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
