"""What can be known to be missing before a run is made, by looking only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from guildpkg.core.project.model import ResourceSource
from guildpkg.core.project.resource_names import joined
from guildpkg.resources.exists import matches, missing
from guildpkg.resources.operation import latest, named
from guildpkg.resources.override import no_such
from guildpkg.resources.package import newest
from guildpkg.resources.request import Ask, Need, World
from guildpkg.resources.resolve import explained
from guildpkg.resources.table import find


def missing_packages(needs: Sequence[Need], home: Path) -> tuple[str, ...]:
    """Name the packages, with their ranges, that are required and not installed."""
    wanted = (source.value for _, source in _required(needs) if source.kind == "package")
    return tuple(dict.fromkeys(text for text in wanted if newest(home, text) is None))


def check_needs(needs: Sequence[Need], world: World) -> None:
    """Refuse to go on where something is missing that no waiting and no network brings.

    Args:
        needs: The resources.
        world: The world of the run to come; its working directory may still be missing.

    Raises:
        DependencyError: A file, a package, a run or a path that has to be there is not.
    """
    for need in needs:
        if need.override:
            with explained(need.override, need.resource.name, ""):
                _check_override(need, world)
    laid = [joined(need.resource.path) for need in needs]
    for need, source in _required(needs):
        ask = Ask(source, need, world)
        if source.kind == "exists":
            _check_exists(ask, laid)
        elif not _is_here(ask):
            with explained(ask.called, need.resource.name, source.help):
                find(ask)  # which says what is missing, and how to get it


def _required(needs: Sequence[Need]) -> Iterator[tuple[Need, ResourceSource]]:
    for need in needs:
        if not need.override:
            yield from ((need, source) for source in need.resource.sources if not source.optional)


def _is_here(ask: Ask) -> bool:
    kind, value = ask.source.kind, ask.source.value
    if kind == "package":
        return newest(ask.world.home, value) is not None
    if kind == "operation":
        return latest(ask) is not None
    return kind != "file" or (ask.need.owner.project / value).exists()


def _check_exists(ask: Ask, laid: Sequence[str]) -> None:
    """Insist on a path, unless another resource is going to lay something there."""
    wanted = joined(ask.source.value)
    if any(folder and (wanted == folder or wanted.startswith(f"{folder}/")) for folder in laid):
        return
    if not any(matches(folder, ask.source.value) for folder in (ask.world.base, ask.need.owner.project)):
        raise missing(ask)


def _check_override(need: Need, world: World) -> None:
    if (need.cwd / Path(need.override).expanduser()).exists():
        return
    of_runs = [Ask(source, need, world) for source in need.resource.sources if source.kind == "operation"]
    if not of_runs or named(need.override, of_runs[0]) is None:
        raise no_such(need)
