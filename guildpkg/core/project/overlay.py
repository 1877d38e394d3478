"""Attributes laid over attributes: the one mechanism behind ``@attrs``, ``extends``, ``$include`` and profiles.

A layer is a mapping in order. What lies above wins; a name keeps the place at which it was first seen. Both
functions are associative and have the empty mapping as their neutral element, so that chains of templates and of
models may be laid in any grouping.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)
Thing = TypeVar("Thing")


def lay(*layers: Mapping[Name, Thing]) -> dict[Name, Thing]:
    """Lay mappings over one another, the lowest first."""
    found: dict[Name, Thing] = {}
    for layer in layers:
        found.update(layer)
    return found


def lay_deep(
    below: Mapping[Name, Thing], above: Mapping[Name, Thing], join: Callable[[Thing, Thing], Thing]
) -> dict[Name, Thing]:
    """Lay one mapping over another; where both have a name, *join* decides, given the lower and the upper thing."""
    found = dict(below)
    for name, thing in above.items():
        found[name] = join(found[name], thing) if name in found else thing
    return found


class Cycle(Exception):
    """Things that refer to one another in a circle; *path* begins and ends with the same name."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(" -> ".join(path))
        self.path = path


def in_order(names: Iterable[str], needs: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """Put names behind all that they need.

    Args:
        names: What to begin with, in the order that is kept where the needs leave a choice.
        needs: What a name needs.

    Raises:
        Cycle: A name needs itself, at whatever distance.
    """
    done: dict[str, None] = {}
    for name in names:
        trail: list[tuple[str, list[str]]] = [(name, list(needs(name)))] if name not in done else []
        while trail:
            here, open_needs = trail[-1]
            if not open_needs:
                done.setdefault(here)
                trail.pop()
                continue
            need = open_needs.pop(0)
            path = [step for step, _ in trail]
            if need in path:
                raise Cycle((*path[path.index(need) :], need))
            if need not in done:
                trail.append((need, list(needs(need))))
    return tuple(done)
