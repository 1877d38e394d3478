"""Do a run again: with the project as it is now (``--restart``), or with all that it had then (``--from``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from guildpkg.core.project.find import Listed
from guildpkg.core.project.flags import Given
from guildpkg.core.runs.record import FlagRow, ResourceRow, RunRecord
from guildpkg.core.words import count
from guildpkg.errors import GuildError, NoProject
from guildpkg.pipeline.project.here import installed_projects, listed_models
from guildpkg.pipeline.setting import Setting
from guildpkg.pipeline.train.find import Wish, find_among
from guildpkg.pipeline.train.launch import Ready, get_ready, lay_work, tidy
from guildpkg.pipeline.train.place import WORK
from guildpkg.pipeline.train.plan import Lineage, Plan, plan, plan_target
from guildpkg.pipeline.train.resources import Need
from guildpkg.pipeline.train.spec import package_digest
from guildpkg.project.load import files_in, load
from guildpkg.resources.exists import matches
from guildpkg.run.interpreter import packages_of
from guildpkg.run.launch import launch
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run
from guildpkg.system.clone import clone_file

_SHOWN = 20


def wish_again(record: RunRecord, wish: Wish) -> Wish:
    """Wish what a run was, with what the user says now on top.

    Args:
        record: Its record.
        wish: The words of the command line: values of flags.
    """
    package = record.package.rpartition("-")[0]
    return replace(
        wish,
        words=(f"{package}/{record.operation}" if package else record.operation, *wish.words),
        before=(*map(_given, record.flags), *(Given(name, place) for name, place in record.overrides.items())),
        label=record.label if wish.label is None else wish.label,
        tags=(*record.tags, *wish.tags),
        project_dir=wish.project_dir or ("" if package or wish.project_file else record.project),
    )


def _given(row: FlagRow) -> Given:
    """Give a flag as it was given; a path that was typed is relative to a folder that nobody knows any more."""
    raw = row.raw
    if isinstance(row.value, str) and row.value.startswith("/") and "$" not in raw and not raw.startswith("/"):
        raw = row.value
    return Given(row.name, raw, forced=True, layer=row.layer, single=True)


def plan_restart(word: str, wish: Wish, cwd: Path, setting: Setting) -> Plan:
    """Plan to do a run again, with the project as it is now.

    Args:
        word: The beginning of the run's id, or its folder.
        wish: Values of flags that are to be other ones.
        cwd: Where the user stands.
        setting: The outside world.

    Raises:
        Unknown: There is no such run, or its operation is no longer there.
        NoProject: Its project is no longer there.
        FlagError: Its flags do not fit the operation any more.
    """
    record = Runs(setting.home).find(word).record()
    planned = plan(wish_again(record, wish), cwd, setting)
    return replace(planned, lineage=Lineage(restart_of=record.id))


def plan_from(word: str, wish: Wish, cwd: Path, setting: Setting) -> tuple[Plan, list[str]]:
    """Plan to do a run again with the code, flags, data and environment that it had.

    Returns:
        The plan, and what is known to differ. Whether the data does is known only when it has been laid:
        see `carry_out_from`.

    Raises:
        Unknown: There is no such run.
        NoProject: Neither its source nor its project is there any more.
    """
    run = Runs(setting.home).find(word)
    record, differing = run.record(), list[str]()
    if not wish.python and Path(record.interpreter).is_file():
        wish = replace(wish, python=record.interpreter)
    again = wish_again(record, wish)
    known = _code_of(run, record, setting, differing)
    if known:
        target = find_among(replace(again, words=(_name_in(known, record), *again.words[1:])), known, cwd)
        planned = plan_target(target, again, cwd, setting)
    else:
        planned = plan(again, cwd, setting)
    if known and not known[0].project.installed:
        planned = replace(planned, tree=str(run.path / "source"), needs=_looking_elsewhere(planned.needs, record))
    planned = replace(planned, lineage=Lineage(project=record.project, from_run=record.id))
    differing += _environment_differences(run, record, planned)
    return planned, differing


def _looking_elsewhere(needs: Sequence[Need], record: RunRecord) -> tuple[Need, ...]:
    """Look in the project for what is not kept with the source, as it is too large or was made by ``prepare``.

    The hashes are compared later.
    """

    def kept(need: Need) -> bool:
        files = [source for source in need.resource.sources if source.kind in ("file", "exists")]
        return all((need.owner.project / source.value).exists() for source in files)

    elsewhere = Path(record.project)
    return tuple(need if kept(need) else replace(need, owner=replace(need.owner, project=elsewhere)) for need in needs)


def _bring(planned: Plan, run: Run) -> None:
    """Lay what has to be in the working directory already, and is only in the project, into the copy of its source.

    What ``prepare`` has made is kept with a source in part, or not at all.
    """
    project, work = Path(planned.lineage.project), run.path / WORK
    wanted = [
        s.value for need in planned.needs if not need.override for s in need.resource.sources if s.kind == "exists"
    ]
    for path in (path for value in wanted for path in matches(project, value)):
        if path.is_relative_to(project) and ".." not in path.relative_to(project).parts:
            inside = [path] if not path.is_dir() else [item for item in path.rglob("*") if not item.is_dir()]
            for item in inside:
                _lay(item, work / item.relative_to(project))


def _lay(item: Path, place: Path) -> None:
    if not (place.exists() or place.is_symlink()):
        place.parent.mkdir(parents=True, exist_ok=True)
        clone_file(item, place)


def _name_in(known: Sequence[Listed], record: RunRecord) -> str:
    """Name the operation of a record so that it is found among the models of its project."""
    model, _, operation = record.operation.rpartition(":")
    found = next((item for item in known if item.model.name == model), known[0])
    return f"{found.full}:{operation}" if model else operation


def _code_of(run: Run, record: RunRecord, setting: Setting, differing: list[str]) -> tuple[Listed, ...]:
    """Find the models of the project as it was; none when only the project of today is left."""
    if record.package:
        packages = installed_projects(setting.home, setting.report)
        same = [project for project in packages if project.installed == record.package]
        if same and package_digest(same[0]) == record.package_digest:
            return listed_models(None, Path(), same)
        differing.append(f"the package {record.package} is not installed as it was")
    source = run.path / "source"
    if files_in(source):
        project = load(source, shown=str(source))
        return tuple(Listed(project, model, "./") for model in project.models)
    differing.append("its source was not kept: the project is taken as it is now")
    if not record.project or not Path(record.project).is_dir():
        raise NoProject(f"neither the source of run {run.short} nor its project {record.project} is there")
    return ()


def _environment_differences(run: Run, record: RunRecord, planned: Plan) -> Iterator[str]:
    """Say what of the interpreter and its packages is not as it was."""
    if planned.interpreter != record.interpreter:
        yield f"it ran with {record.interpreter}, and would run with {planned.interpreter}"
    before = run.looked_up()
    if not isinstance(before.get("packages"), dict):
        yield "which packages it had was not recorded"
        return
    now: dict[str, Any] = packages_of(planned.interpreter, record.env, run.home / "cache")
    if before.get("python") != now.get("python"):
        yield f"Python was {before.get('python')}, and is {now.get('python')}"
    old, new = before["packages"], now.get("packages", {})
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    for name in changed[:_SHOWN]:
        yield f"{name} was {old.get(name, 'not there')}, and is {new.get(name, 'not there')}"
    if len(changed) > _SHOWN:
        yield f"{count(len(changed) - _SHOWN, 'more package')}"


class Differs(GuildError):
    """A run cannot be done again exactly; what differs is told, one thing a line."""

    def __init__(self, run: str, differences: Sequence[str]) -> None:
        lines = "\n".join(f"  {text}" for text in differences)
        hint = f"--force runs it all the same, --restart {run} with the project as it is now"
        super().__init__(f"run {run} cannot be done again exactly:\n{lines}", hint=hint)


def carry_out_from(word: str, planned: Plan, setting: Setting, *, force: bool) -> int:
    """Run what `plan_from` has planned; see there.

    Raises:
        Differs: The data is not the same, and it is not forced. No run is left then.
    """
    store = Runs(setting.home)
    origin = store.find(word)
    ready = get_ready(planned, setting)
    differing: list[str] = []

    def prepare(run: Run) -> Sequence[ResourceRow]:
        lay_work(planned, run)
        if planned.tree and not planned.project.installed:
            _bring(planned, run)
        rows = ready.options.prepare(run) if ready.options.prepare else ()
        differing.extend(_data_differences(origin.inputs(), rows))
        if differing and not force:
            raise Differs(origin.short, differing)
        return rows

    try:
        return launch(ready.spec, store, setting.report, replace(ready.options, prepare=prepare)).code
    except Differs:
        _forget(ready, store)
        raise
    finally:
        tidy(planned, ready.place)


def _forget(ready: Ready, store: Runs) -> None:
    if ready.options.identity is not None:
        store.purge(Run(ready.options.identity.path))


def _data_differences(before: Sequence[ResourceRow], now: Sequence[ResourceRow]) -> Iterator[str]:
    old, new = ({(row.name, row.path): row.sha256 for row in rows} for rows in (before, now))
    for name, path in sorted({*old, *new}):
        if (name, path) not in new:
            yield f"{path} of the resource {name} is no longer there"
        elif (name, path) not in old:
            yield f"{path} of the resource {name} was not there"
        elif old[name, path] != new[name, path]:
            yield f"{path} of the resource {name} has another content"
