"""Run the trials of a batch, some at once, and go on with one that was broken off.

The batch is written down before its first trial starts; each trial is a run, with the batch and its number in the
record. What has been completed is never run again, so a batch can be resumed after whatever has happened.
"""

from __future__ import annotations

import collections
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import field, replace
from pathlib import Path

from guildpkg.core.events import Step, Warn
from guildpkg.core.project.flags import Given
from guildpkg.core.project.model import Steps
from guildpkg.core.runs.batches import BatchRecord, Trial
from guildpkg.core.runs.record import USER
from guildpkg.core.words import count
from guildpkg.errors import GuildError, UsageFault
from guildpkg.lean import dataclass
from guildpkg.pipeline.setting import Setting
from guildpkg.pipeline.train.find import Wish, find_target
from guildpkg.pipeline.train.launch import get_ready, tidy
from guildpkg.pipeline.train.lines import Lines
from guildpkg.pipeline.train.place import gpu_share, gpu_variables
from guildpkg.pipeline.train.plan import Lineage, Plan, plan_target, trial_plan
from guildpkg.pipeline.train.show import shown
from guildpkg.pipeline.train.spec import flag_rows
from guildpkg.run.brake import Brakes, hearing_signals
from guildpkg.run.launch import launch
from guildpkg.stores.batches import Batches
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run

STOPPED_EARLY = "a failed trial"
"""Who ends the other trials of a batch with ``--fail-fast``."""


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


def resume(word: str, cwd: Path, setting: Setting) -> tuple[BatchRecord, dict[int, Plan]]:
    """Plan what is left of a batch: every trial without a run that was completed, or goes on.

    Raises:
        Unknown: There is no such batch, or its operation is no longer there.
        FlagError: Its flags do not fit the operation any more.
    """
    batch = Batches(setting.home).find(word)
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
    left = sorted(set(range(1, len(batch.trials) + 1)) - _done(batch, setting))
    plans = {}
    for number in left:
        rows = batch.trials[number - 1].flags
        given = [Given(row.name, row.raw, forced=True, layer=row.layer, single=True) for row in rows]
        given += [Given(name, place) for name, place in batch.overrides.items()]
        planned = plan_target(replace(target, given=tuple(given)), wish, cwd, setting)
        plans[number] = replace(planned, trials=(), lineage=Lineage(batch=batch.id, trial=number))
    return batch, plans


def has_begun(batch: BatchRecord, setting: Setting) -> bool:
    """Tell whether a trial of a batch has been made."""
    return any(run.batch == batch.id for run in Runs(setting.home).summaries())


def _done(batch: BatchRecord, setting: Setting) -> set[int]:
    """Number the trials that were completed, or are being run."""
    store = Runs(setting.home)
    own = [run for run in store.summaries() if run.batch == batch.id]
    done = [run for run in own if run.status.word in ("completed", "running", "pending")]
    return {Run(store.folder / run.name).record().trial for run in done}


@dataclass(slots=True)
class _Work:
    """A batch that is being run.

    Attributes:
        batch: The batch.
        setting: The outside world.
        lines: Where events of the trials go.
        brakes: Stops all trials.
        fail_fast: Whether a trial that fails ends the others.
        ended: Status words of the trials that have ended, by number.
        codes: Their exit codes.
    """

    batch: BatchRecord
    setting: Setting
    lines: Lines
    fail_fast: bool
    brakes: Brakes = field(default_factory=Brakes)
    ended: dict[int, str] = field(default_factory=dict)
    codes: dict[int, int] = field(default_factory=dict)


def run_batch(
    batch: BatchRecord, plans: Mapping[int, Plan], setting: Setting, *, jobs: int = 1, fail_fast: bool = False
) -> int:
    """Run trials to their ends.

    Args:
        batch: The batch.
        plans: The plans of the trials that are to be run, by number.
        setting: The outside world.
        jobs: How many run at once.
        fail_fast: Whether a trial that fails ends the others.

    Returns:
        0 when all were completed, 130 when the user has stopped them, else the code of the first that failed.

    Raises:
        Busy: Another guild runs this batch.
    """
    work = _Work(batch, setting, Lines(setting.report, several=jobs > 1), fail_fast)
    with Batches(setting.home).held(batch), hearing_signals(work.brakes):
        _run_all(work, plans, jobs)
    setting.report(Step(_summary(work, len(plans))))
    if work.brakes.by == USER:
        return 130
    failed = [code for _, code in sorted(work.codes.items()) if code]
    return next(iter(failed), 1 if work.brakes.by else 0)


def _run_all(work: _Work, plans: Mapping[int, Plan], jobs: int) -> None:
    """Run trials in threads; what is no failure of a trial ends all of them, and comes out of here."""
    waiting = collections.deque(sorted(plans))
    slots = min(jobs, len(plans))

    def worker(slot: int) -> None:
        while waiting and not work.brakes.by:
            try:
                number = waiting.popleft()
            except IndexError:
                return
            try:
                _run_trial(work, number, _with_gpus(plans[number], work, slot, slots))
            except BaseException:
                work.brakes.press("trouble of guild")
                raise

    with ThreadPoolExecutor(max(1, slots)) as pool:
        futures: list[Future[None]] = [pool.submit(worker, slot) for slot in range(slots)]
    for future in futures:
        future.result()


def _with_gpus(plan: Plan, work: _Work, slot: int, slots: int) -> Plan:
    """Give a trial its share of the GPUs, when they were named and several trials run at once."""
    if work.batch.gpus == "all" or slots < 2:
        return plan
    share = gpu_share(work.batch.gpus, slot, slots)
    return replace(plan, variables={**plan.variables, **gpu_variables(share, work.setting.env)})


def _run_trial(work: _Work, number: int, plan: Plan) -> None:
    report = work.lines.of_trial(number)
    report(Step(f"Trial {number} of {len(work.batch.trials)}: {_told(plan, work.batch)}"))
    setting = replace(work.setting, report=report)
    ready = None
    try:
        ready = get_ready(plan, setting)
        options = replace(ready.options, brake=work.brakes.add())
        ended = launch(ready.spec, Runs(setting.home), report, options)
        work.ended[number], work.codes[number] = ended.status.word, ended.code
    except (GuildError, OSError) as error:
        report(Warn(f"trial {number}: {error}"))
        work.ended[number], work.codes[number] = "error", 1
    finally:
        work.lines.end(number)
        if ready is not None:
            tidy(plan, ready.place)
    if work.codes[number] and work.fail_fast and not work.brakes.by:
        work.brakes.press(STOPPED_EARLY)


def _told(plan: Plan, batch: BatchRecord) -> str:
    """Name the flags of a trial that differ between the trials."""
    texts: dict[str, set[str]] = {}
    for trial in batch.trials:
        for row in trial.flags:
            texts.setdefault(row.name, set()).add(row.raw)
    values = [value for value in plan.flags if len(texts.get(value.flag.name, ())) > 1]
    return " ".join(f"{value.flag.name}={shown(value)}" for value in values) or "the same as the others"


def _summary(work: _Work, number: int) -> str:
    words = collections.Counter(work.ended.values())
    found = ", ".join(f"{many} {word}" for word, many in sorted(words.items()))
    rest = number - len(work.ended)
    missing = f", {rest} not run: guild run --resume {work.batch.id[:8]}" if rest else ""
    return f"{count(number, 'trial')}: {found or 'none was run'}{missing}"
