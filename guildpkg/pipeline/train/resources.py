"""The resources of an operation: which they are, what is missing, how they get into the run, how they leave it.

`needs_of` looks them up, `check` refuses what cannot be had before anything is made, and a `Supply` is what a run is
started with: it lays everything when the record is there, and looks at the end whether a script changed its inputs.
A run without resources, which most are, imports nothing of what finds and lays them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from guildpkg.core.events import Reporter, Warn, silent
from guildpkg.core.project.find import Listed, find_resource
from guildpkg.core.project.model import Operation, Requirement, Resource, ResourceSource
from guildpkg.core.runs.record import ResourceRow
from guildpkg.lean import dataclass
from guildpkg.resources.request import Need, Owner, World
from guildpkg.resources.sealing import Seal, changed, describe, seals_of
from guildpkg.run.start import environment
from guildpkg.stores.runs_folder import Run
from guildpkg.system.http.transfer import Settings

__all__ = [
    "Need",
    "Supply",
    "check",
    "lay_plain",
    "look_again",
    "missing_packages",
    "names_of",
    "need_rows",
    "needs_of",
]

Fill = Callable[[str], str]
"""Puts the values of flags into a text."""


def needs_of(
    operation: Operation,
    holder: Listed,
    known: Sequence[Listed],
    *,
    overrides: Mapping[str, str] | None = None,
    cwd: Path = Path(),
    fill: Fill = str,
) -> tuple[Need, ...]:
    """Look up what an operation requires.

    Args:
        operation: The operation.
        holder: The model that it belongs to.
        known: Every model that can be named from there, those of installed packages too.
        overrides: Name of a resource (`names_of`) to the path or run that stands in for it.
        cwd: What those paths are relative to.
        fill: Puts the values of flags into references and into where sources lie.

    Raises:
        Unknown: There is no such resource.
    """
    given, needs = overrides or {}, dict[tuple[Owner, str], Need]()
    for requirement in operation.requires:
        item, resource = _look_up(requirement, holder, known, fill)
        owner = Owner(Path(item.project.dir), item.model.name, item.project.installed)
        override = next((given[name] for name in (resource.flag, resource.name) if name in given), "")
        filled = replace(resource, sources=tuple(_filled(source, fill) for source in resource.sources))
        needs.setdefault((owner, resource.name), Need(filled, owner, override, cwd))
    return tuple(needs.values())


def _look_up(requirement: Requirement, holder: Listed, known: Sequence[Listed], fill: Fill) -> tuple[Listed, Resource]:
    if requirement.inline is not None:
        return holder, requirement.inline
    return find_resource(fill(requirement.ref), holder, known)


def _filled(source: ResourceSource, fill: Fill) -> ResourceSource:
    mirrors = tuple(fill(mirror) for mirror in source.mirrors)
    return replace(source, value=fill(source.value), mirrors=mirrors, path=fill(source.path))


def names_of(needs: Sequence[Need]) -> frozenset[str]:
    """Give the names by which ``NAME=PATH`` puts something in place of a resource."""
    return frozenset(name for need in needs for name in (need.resource.flag, need.resource.name) if name)


def need_rows(needs: Sequence[Need]) -> Iterator[tuple[str, str]]:
    """Describe resources for a preview: the name of each, and where its files come from or what stands in for it."""
    for need in needs:
        sources = ", ".join(source.value for source in need.resource.sources)
        yield need.resource.name, need.override or sources


@dataclass(slots=True)
class Supply:
    """The resources of one run.

    Attributes:
        needs: The resources.
        home: ``$GUILD_HOME``.
        python: The interpreter that the operation runs with.
        env: The environment that the run starts from.
        report: Told of everything.
        settings: Patience and trust of downloads.
        seals: What was laid and may not change.
    """

    needs: Sequence[Need]
    home: Path
    python: str
    env: Mapping[str, str] = field(default_factory=dict)
    report: Reporter = silent
    settings: Settings = field(default_factory=Settings)
    seals: tuple[Seal, ...] = ()

    def prepare(self, run: Run) -> Sequence[ResourceRow]:
        """Lay the resources into the working directory of a run (`run.start.Options.prepare`).

        Raises:
            DependencyError: One of them cannot be had.
            DiskFull: There is no room.
        """
        if not self.needs:
            return ()
        from guildpkg.resources.resolve import resolve
        from guildpkg.stores.downloads import scratch_folder

        record = run.record()
        base = Path(record.cwd)
        world = replace(
            _world(self, base),
            env=environment(run, record, self.env),
            run=run.path,
            lasting=not base.is_relative_to(run.path),
        )
        with scratch_folder(self.home) as scratch:
            rows, self.seals = resolve(self.needs, replace(world, scratch=scratch))
        return rows

    def finish(self, run: Run) -> None:
        """Say and record which inputs are not what they were (`run.start.Options.finish`)."""
        rows = changed(self.seals)
        if rows:
            run.write_changed_inputs(rows)
            self.report(Warn(f"the run changed what it was given: {describe(rows)}"))


def look_again(run: Run, report: Reporter) -> Callable[[Run], None]:
    """Give what looks, at the end of a run that was supplied by another process, at what it was given."""
    seals = seals_of(run.inputs(), Path(run.record().cwd))
    return Supply((), run.path, "", report=report, seals=seals).finish


def lay_plain(supply: Supply, base: Path) -> Sequence[ResourceRow]:
    """Lay resources for an operation that has no run of its own.

    Args:
        supply: The resources.
        base: The working directory of the operation.

    Raises:
        DependencyError: One of them cannot be had.
        DiskFull: There is no room.
    """
    if not supply.needs:
        return ()
    from guildpkg.resources.resolve import resolve
    from guildpkg.stores.downloads import scratch_folder

    with scratch_folder(supply.home) as scratch:
        rows, _ = resolve(supply.needs, replace(_world(supply, base), scratch=scratch))
    return rows


def missing_packages(needs: Sequence[Need], home: Path) -> tuple[str, ...]:
    """Name the packages, with their ranges, that are required and not installed."""
    if not needs:
        return ()
    from guildpkg.resources import beforehand

    return beforehand.missing_packages(needs, home)


def check(supply: Supply, base: Path) -> None:
    """Refuse, before a run is made, what cannot be had whatever is waited for.

    Args:
        supply: The resources.
        base: The working directory of the operation; it may still be missing.

    Raises:
        DependencyError: A file, a package, a run or a path that has to be there is not.
    """
    if supply.needs:
        from guildpkg.resources.beforehand import check_needs

        check_needs(supply.needs, _world(supply, base))


def _world(supply: Supply, base: Path) -> World:
    from guildpkg.stores.downloads import Downloads

    downloads = Downloads(supply.home, settings=supply.settings, report=supply.report)
    return World(downloads, base, supply.home, supply.python, supply.env, report=supply.report, lasting=True)
