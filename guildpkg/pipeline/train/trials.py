"""The trials of a batch: written down, staged, and what is left of them.

The batch is written down before its first trial is made; each trial is a run, with the batch and its number in the
record. What has been completed is never run again, so a batch can be resumed after whatever has happened.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from guildpkg.core.events import Step
from guildpkg.core.project.flags import Given
from guildpkg.core.project.model import Steps
from guildpkg.core.project.values import raw_of
from guildpkg.core.runs.batches import BatchRecord, Trial
from guildpkg.core.runs.record import FlagRow
from guildpkg.errors import UsageFault
from guildpkg.pipeline.setting import Setting
from guildpkg.pipeline.train.find import Wish, find_target
from guildpkg.pipeline.train.later import stage
from guildpkg.pipeline.train.plan import Lineage, Plan, plan_target, trial_plan
from guildpkg.pipeline.train.spec import flag_rows
from guildpkg.stores.batches import Batches
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run

Left = Plan | Run
"""A trial that is to be run: one that is made first, or one that was staged."""


def begin(plan: Plan, setting: Setting) -> tuple[BatchRecord, dict[int, Plan]]:
    """Write a batch down.

    Returns:
        The batch, and the plan of each trial by its number.

    Raises:
        UsageFault: The operation makes no runs of its own.
    """
    if isinstance(plan.operation.command, Steps) or plan.operation.run_policy != "new":
        raise UsageFault(f"{plan.title} is no run of its own, and cannot be run as a batch")
    project, model = plan.project, plan.listed.model.name
    batch = BatchRecord(
        id="",
        created=Runs(setting.home).now(),
        operation=f"{model}:{plan.operation.name}" if model else plan.operation.name,
        project=project.known_as,
        project_file=str(Path(project.dir) / Path(project.files[0]).name) if plan.wish.project_file else "",
        package=project.installed,
        interpreter=plan.interpreter,
        gpus="all" if plan.wish.gpus is None else plan.wish.gpus,
        label=plan.label,
        tags=plan.tags,
        overrides=plan.overrides,
        trials=tuple(Trial(flag_rows(flags)) for flags in plan.trials),
    )
    batch = Batches(setting.home).create(batch)
    plans = {n: trial_plan(plan, flags, batch.id, n, setting) for n, flags in enumerate(plan.trials, 1)}
    return batch, plans


def stage_batch(plan: Plan, setting: Setting) -> tuple[BatchRecord, list[Run]]:
    """Write a batch down and make the runs of all its trials, which wait to be started.

    Raises:
        UsageFault: The operation makes no runs of its own.
        GuildError: One could not be made, or what it needs could not be had; nothing is left then of any of them.
    """
    batch, plans = begin(plan, setting)
    batches, made = Batches(setting.home), list[Run]()
    with batches.held(batch):
        try:
            for number, trial in plans.items():
                setting.report(Step(f"Trial {number} of {len(plans)}: {told(batch, number)}"))
                made.append(stage(trial, setting))
        except BaseException:
            for run in made:
                Runs(setting.home).purge(run)
            batches.forget(batch)
            raise
    return batch, made


def resume(word: str, cwd: Path, setting: Setting) -> tuple[BatchRecord, dict[int, Left]]:
    """Find out what is left of a batch: every trial without a run that was completed, or goes on.

    Those that were staged are started as they were made; the others are planned with the project as it is now.

    Raises:
        Unknown: There is no such batch, or its operation is no longer there.
        FlagError: Its flags do not fit the operation any more.
    """
    batch = Batches(setting.home).find(word)
    left, staged = _left(batch, setting)
    unmade = left - staged.keys()
    return batch, {**staged, **(_planned(batch, unmade, cwd, setting) if unmade else {})}


def _planned(batch: BatchRecord, numbers: set[int], cwd: Path, setting: Setting) -> dict[int, Left]:
    package = batch.package.rpartition("-")[0]
    wish = Wish(
        words=(f"{package}/{batch.operation}" if package else batch.operation,),
        label=batch.label,
        tags=batch.tags,
        gpus=None if batch.gpus == "all" else batch.gpus,
        python=batch.interpreter,
        project_dir="" if package or batch.project_file else batch.project,
        project_file=batch.project_file,
    )
    target = find_target(wish, cwd, setting)
    plans: dict[int, Left] = {}
    for number in numbers:
        rows = batch.trials[number - 1].flags
        given = [Given(row.name, row.raw, forced=True, layer=row.layer, single=True) for row in rows]
        given += [Given(name, place) for name, place in batch.overrides.items()]
        planned = plan_target(replace(target, given=tuple(given)), wish, cwd, setting)
        plans[number] = replace(planned, trials=(), lineage=Lineage(batch=batch.id, trial=number))
    return plans


def begun(batch: BatchRecord, setting: Setting) -> int:
    """Count the runs of a batch that have been started, or are about to be."""
    runs = Runs(setting.home).summaries()
    return sum(run.batch == batch.id and run.status.word != "staged" for run in runs)


def _left(batch: BatchRecord, setting: Setting) -> tuple[set[int], dict[int, Run]]:
    """Number the trials that were neither completed nor are being run; give those of them that were staged."""
    store = Runs(setting.home)
    left, staged = set(range(1, len(batch.trials) + 1)), dict[int, Run]()
    for row in store.summaries():
        if row.batch != batch.id:
            continue
        run = Run(store.folder / row.name)
        if row.status.word == "staged":
            staged[run.record().trial] = run
        elif row.status.word in ("completed", "running", "pending"):
            left.discard(run.record().trial)
    return left, {number: run for number, run in staged.items() if number in left}


def told(batch: BatchRecord, number: int) -> str:
    """Name the flags of a trial that differ between the trials of its batch."""
    texts: dict[str, set[str]] = {}
    for trial in batch.trials:
        for row in trial.flags:
            texts.setdefault(row.name, set()).add(row.raw)
    rows = [row for row in batch.trials[number - 1].flags if len(texts[row.name]) > 1]
    return " ".join(f"{row.name}={_shown(row)}" for row in rows) or "the same as the others"


def _shown(row: FlagRow) -> str:
    if row.value is True:
        return "(boolean switch)"
    return row.raw if isinstance(row.value, str) or row.value is None else raw_of(row.value)
