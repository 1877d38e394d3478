"""Operations that go into the run of another one, as ``evaluate`` of a ``Guild`` does."""

from __future__ import annotations

from pathlib import Path

from guildpkg.errors import Unknown, UsageFault
from guildpkg.pipeline.runs.chosen import by_path
from guildpkg.pipeline.setting import Setting
from guildpkg.pipeline.train.find import Target, Wish
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run


def run_to_go_into(target: Target, wish: Wish, cwd: Path, setting: Setting) -> Run:
    """Find the run that an operation goes into.

    Raises:
        UsageFault: Both a run and ``--latest-run`` are given, or neither.
        Unknown: There is no such run.
    """
    store, operation = Runs(setting.home), target.operation.name
    if target.run and wish.latest:
        raise UsageFault("--latest-run cannot be used with RUNDIR")
    if not target.run and not wish.latest:
        hint = f"-L takes the latest run; `guild {'' if operation == 'evaluate' else 'run '}{operation} RUNDIR` any"
        raise UsageFault("either RUNDIR or --latest-run is required", hint=hint)
    project, model = target.listed.project, target.listed.model.name
    if target.run and (cwd / target.run).is_dir():
        return by_path(store, cwd, target.run)
    kind = f"{model}:" if model else ""
    own = [run for run in store.summaries() if (run.project, run.package) == (project.known_as, project.installed)]
    of_model = [Run(store.folder / run.name) for run in own if run.operation.startswith(kind)]
    if target.run:
        return store.find(target.run, of_model)
    if not of_model:
        raise Unknown(f"there are no runs of {target.listed.full}", hint="start one with guild train")
    return of_model[0]
