"""``NAME=PATH`` and ``NAME=RUN``: what stands in for the sources of a resource.

A path stands in for all of them, a run for what they take from a run. What is replaced keeps its place: a file takes
the name of the one file that the resource has, the content of a folder lies where the files of the resource would.
The hashes that the project file demands are not those of what stands in, and are not asked for.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from guildpkg.core.events import Step
from guildpkg.core.project.model import ResourceSource
from guildpkg.core.project.resource_names import name_in
from guildpkg.errors import DependencyError
from guildpkg.resources.operation import named, output_of
from guildpkg.resources.request import Ask, Found, Need, World
from guildpkg.resources.table import find
from guildpkg.resources.unfold import unfold_path
from guildpkg.resources.walk import files_below


def overridden(need: Need, world: World) -> Iterator[tuple[Ask, Found]]:
    """Find what stands in for a resource.

    Raises:
        DependencyError: It is no path and no run.
    """
    asks = [Ask(source, need, world) for source in need.resource.sources]
    of_runs = [ask for ask in asks if ask.source.kind == "operation"]
    run = named(need.override, of_runs[0]) if of_runs else None
    if run is not None:
        world.report(Step(f"Using output from run {run.short} for {need.resource.name} resource"))
        yield from ((ask, output_of(run, ask) if ask in of_runs else find(ask)) for ask in asks)
        return
    path = need.cwd / Path(need.override).expanduser()
    if not path.exists():
        raise no_such(need)
    world.report(Step(f"Using {need.override} for {need.resource.name} resource"))
    source = ResourceSource("file", str(path))
    if len(asks) == 1:
        source = replace(asks[0].source, kind="file", value=str(path), mirrors=(), sha256="", preserve_path=False)
    ask = Ask(source, need, world)
    yield ask, _inside(path, asks, ask) if path.is_dir() else _file(path, asks, ask)


def no_such(need: Need) -> DependencyError:
    """Say that what is to stand in for a resource is not there."""
    of_runs = any(source.kind == "operation" for source in need.resource.sources)
    hint = "give a run of `guild runs`, a file or a folder" if of_runs else "give a file or a folder"
    return DependencyError(f"there is no {'run and no file' if of_runs else 'file'} {need.override!r}", hint=hint)


def _inside(path: Path, asks: list[Ask], ask: Ask) -> Found:
    """Give what is in a folder; it keeps the name of the folder that it stands in for."""
    prefix = ""
    if len(asks) == 1 and asks[0].source.kind == "file" and not ask.source.select:
        origin = asks[0].need.owner.project / asks[0].source.value
        prefix = origin.name if origin.is_dir() else ""
    return Found(files_below(path, ask.world.limits, ask.world.report, prefix), str(path.resolve()))


def _file(path: Path, asks: list[Ask], ask: Ask) -> Found:
    """Give a file, or what is in it; alone, it takes the name of the file that it stands in for."""
    found = unfold_path(path, ask, source=str(path.resolve()))
    if len(asks) == 1 and not ask.source.select and [file.path for file in found.files] == [path.name]:
        return replace(found, files=(replace(found.files[0], path=_name_of(asks[0]) or path.name),))
    return found


def _name_of(ask: Ask) -> str:
    """Give the name of the one file that a source lays; empty when it may lay others."""
    from guildpkg.system.unpack.recognize import named_like_archive

    name = ""
    if ask.source.kind == "url":
        name = name_in(ask.source.value)
    elif ask.source.kind == "file" and not (ask.need.owner.project / ask.source.value).is_dir():
        name = posixpath.basename(ask.source.value.rstrip("/"))
    return "" if ask.source.unpack and named_like_archive(name) else name
