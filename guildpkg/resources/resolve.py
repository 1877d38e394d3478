"""All resources of an operation, one after the other: found, laid, and remembered for the end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial

from guildpkg.core.events import Step, Warn
from guildpkg.core.runs.record import ResourceRow
from guildpkg.errors import Busy, DependencyError, DiskFull, GuildError, Interrupted
from guildpkg.resources.laying import Layer
from guildpkg.resources.override import overridden
from guildpkg.resources.request import Ask, Need, World
from guildpkg.resources.sealing import Seal
from guildpkg.resources.table import find
from guildpkg.system.disk import locked

_NOT_OURS = (Busy, DiskFull, Interrupted)
"""Failures that say themselves what they are about."""


def resolve(needs: Sequence[Need], world: World) -> tuple[tuple[ResourceRow, ...], tuple[Seal, ...]]:
    """Find and lay resources.

    Args:
        needs: The resources.
        world: Where; a working directory that outlives the run is locked against other runs meanwhile.

    Returns:
        A row for each file or folder, and what is to be looked at again at the end.

    Raises:
        DependencyError: One of them cannot be had. What was laid before stays.
        DiskFull: There is no room.
    """
    layer, rows = Layer(world), list[ResourceRow]()
    waiting = partial(world.report, Step(f"Waiting for another run that lays its resources into {world.base}"))
    with locked(world.base, waiting=waiting) if world.lasting else contextlib.nullcontext():
        for need in needs:
            rows += _resolve(need, layer)
    return tuple(rows), tuple(layer.seals)


def _resolve(need: Need, layer: Layer) -> list[ResourceRow]:
    world, name, rows = layer.world, need.resource.name, list[ResourceRow]()
    if any(source.kind not in ("exists", "module") for source in need.resource.sources):
        world.report(Step(f"Resolving {name} dependency"))
    if need.override:
        with explained(need.override, name, ""):
            for ask, found in overridden(need, world):
                rows += layer.lay(found, ask)
        return rows
    for source in need.resource.sources:
        ask = Ask(source, need, world)
        try:
            with explained(ask.called, name, source.help):
                rows += layer.lay(find(ask), ask)
        except DependencyError as error:
            if not source.optional:
                raise
            world.report(Warn(f"going on without {ask.called}, which is optional: {error.__cause__}"))
    return rows


@contextlib.contextmanager
def explained(called: str, resource: str, help_text: str) -> Iterator[None]:
    """Say of every failure which source of which resource it is about, and what the project says to do then."""
    try:
        yield
    except _NOT_OURS:
        raise
    except GuildError as error:
        why = f"could not resolve {called!r} in {resource} resource: {error}"
        said = f"run failed because a dependency was not met: {why}"
        raise DependencyError(said, hint=help_text or error.hint) from error
