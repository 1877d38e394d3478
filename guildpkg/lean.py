"""`dataclasses.dataclass` for classes that are there in a fraction of the time.

The standard one makes a description of every field, and writes and compiles six methods for a frozen class: that was
half of what guild's modules cost at each start. Here a class notes its fields; ``__init__`` is compiled when the first
object is made, the descriptions are made by the standard one when somebody asks for them, and all classes share the
other methods. What `dataclasses.replace`, ``fields`` and ``asdict`` see is the same; so is what type checkers see.

Not known here: ``InitVar``, ``kw_only``, ``__post_init__`` and methods for equality of the class's own.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import MISSING, Field
from operator import attrgetter
from reprlib import recursive_repr
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass

    __all__ = ["dataclass", "field_names"]
else:

    def dataclass(cls: type | None = None, *, slots: bool = False, frozen: bool = False, eq: bool = True) -> Any:
        """Make a data class; the arguments are those of `dataclasses.dataclass`."""

        def make(cls: type) -> type:
            fields = _fields(cls)
            made = _slotted(cls, fields) if slots else _plain(cls, fields)
            made.__lean_fields__ = fields
            made.__dataclass_fields__ = _Described(made, frozen=frozen)
            made.__init__ = _Init(made, frozen=frozen)
            made.__match_args__ = tuple(name for name, about in fields.items() if _told(about, "init"))
            if "__repr__" not in cls.__dict__:
                made.__repr__ = _repr
            if eq:
                made.__lean_key__ = _key([name for name, about in fields.items() if _told(about, "compare")])
                made.__eq__ = _eq
                made.__hash__ = _hash if frozen else None
            if frozen:
                made.__setattr__, made.__delattr__ = _refuse_set, _refuse_delete
                made.__getstate__, made.__setstate__ = _state, _set_state
            return made

        return make if cls is None else make(cls)


Fields = dict[str, tuple[object, object]]
"""What stands behind the colon and behind the equals sign (``MISSING`` without one), by name, inherited ones first."""


def field_names(value: object) -> tuple[str, ...] | None:
    """Name the fields of an object of a class made here, in order; None for any other object."""
    fields: Fields | None = getattr(value, "__lean_fields__", None)
    return None if fields is None else tuple(fields)


def _fields(cls: type) -> Fields:
    found: Fields = {}
    for base in reversed(cls.__mro__[1:]):
        found |= base.__dict__.get("__lean_fields__", {})
    for name, kind in cls.__annotations__.items():
        if not str(kind).removeprefix("typing.").startswith("ClassVar"):
            value = cls.__dict__.get(name, MISSING)
            if type(value).__hash__ is None:
                raise ValueError(f"mutable default for {cls.__qualname__}.{name}: use field(default_factory=...)")
            found[name] = (kind, value)
    return found


def _told(about: tuple[object, object], what: str) -> bool:
    """Give what ``field(init=, compare=, repr=)`` says of a field."""
    return not isinstance(about[1], Field) or getattr(about[1], what)


def _plain(cls: type, fields: Fields) -> type:
    """Leave on the class the defaults alone."""
    for name, (_, value) in fields.items():
        if isinstance(value, Field) and name in cls.__dict__:
            if value.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, value.default)
    return cls


def _slotted(cls: type, fields: Fields) -> type:
    """Make the class once more, with slots, which cannot be added to one that is there."""
    space = {name: value for name, value in cls.__dict__.items() if name not in fields}
    space.pop("__dict__", None)
    space.pop("__weakref__", None)
    taken = {name for base in cls.__mro__[1:-1] for name in base.__dict__.get("__slots__", ())}
    slots = tuple(name for name in fields if name not in taken)
    return type(cls)(cls.__name__, cls.__bases__, {**space, "__slots__": slots, "__qualname__": cls.__qualname__})


class _Described:
    """``__dataclass_fields__`` of a class, and with it what else the standard library wants to know of one."""

    def __init__(self, cls: type, *, frozen: bool) -> None:
        self._cls = cls
        self._frozen = frozen

    def __get__(self, _: object, __: type) -> dict[str, Field[Any]]:
        cls, fields = self._cls, self._cls.__dict__["__lean_fields__"]
        space = {name: value for name, (_, value) in fields.items() if value is not MISSING}
        kinds = {name: kind for name, (kind, _) in fields.items()}
        # one without a text of its own would get its signature as one, and what is frozen two methods
        space |= {"__module__": cls.__module__, "__annotations__": kinds, "__doc__": "A twin."}
        made: Any = dataclasses.dataclass(type(cls.__name__, (), space), init=False, repr=False, eq=False)
        made.__dataclass_params__.frozen = self._frozen
        cls.__dataclass_params__ = made.__dataclass_params__  # type: ignore[attr-defined]  # as the standard one
        cls.__dataclass_fields__ = made.__dataclass_fields__  # type: ignore[attr-defined]
        found: dict[str, Field[Any]] = made.__dataclass_fields__
        return found


class _Init:
    """``__init__`` of a class until somebody wants it: it is compiled then, and takes this one's place."""

    def __init__(self, cls: type, *, frozen: bool) -> None:
        self._cls = cls
        self._frozen = frozen

    def __get__(self, instance: object, owner: type) -> Callable[..., None]:
        init: Any = _init(self._cls, self._cls.__dict__["__lean_fields__"], frozen=self._frozen)
        self._cls.__init__ = init  # type: ignore[misc]  # it is the one that was promised
        bound: Callable[..., None] = init.__get__(instance, owner)
        return bound


def _init(cls: type, fields: Fields, *, frozen: bool) -> Callable[..., None]:
    """Write ``__init__``, the one method that is called often enough to be worth its own code."""
    known: dict[str, object] = {"_set": object.__setattr__, "_lacking": MISSING}
    heads, body = [], []
    for name, about in fields.items():
        default, given, head, value = about[1], _told(about, "init"), name, name
        factory = default.default_factory if isinstance(default, Field) else MISSING
        default = default.default if isinstance(default, Field) else default
        if default is not MISSING:
            known[f"_default_{name}"] = default
            head = f"{name}=_default_{name}"
            value = name if given else f"_default_{name}"
        elif factory is not MISSING:
            known[f"_make_{name}"] = factory
            head = f"{name}=_lacking"
            value = f"_make_{name}() if {name} is _lacking else {name}" if given else f"_make_{name}()"
        if given:
            heads.append(head)
        if frozen and isinstance(slot := getattr(cls, name, None), MemberDescriptorType):
            known[f"_set_{name}"] = slot.__set__  # goes straight to the slot; `object.__setattr__` looks for it first
            body.append(f"_set_{name}(self, {value})")
        else:
            body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    code = f"def make({', '.join(known)}):\n def __init__(self, {', '.join(heads)}):\n  "
    code += "\n  ".join(body or ["pass"]) + "\n return __init__"
    space: dict[str, Any] = {}
    exec(code, sys.modules[cls.__module__].__dict__, space)  # noqa: S102 - of names of fields, as the standard one does
    init: Callable[..., None] = space["make"](**known)
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    kinds = {name: about[0] for name, about in fields.items() if _told(about, "init")}
    init.__annotations__ = {**kinds, "return": None}
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
    shown = (f"{name}={getattr(self, name)!r}" for name, at in self.__lean_fields__.items() if _told(at, "repr"))
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse_set(_: object, name: str, __: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(_: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    """Give what `copy` and `pickle` keep of a class with slots whose attributes cannot be set."""
    return [getattr(self, name) for name in self.__lean_fields__]


def _set_state(self: Any, state: list[object]) -> None:
    for name, value in zip(self.__lean_fields__, state, strict=True):
        object.__setattr__(self, name, value)
