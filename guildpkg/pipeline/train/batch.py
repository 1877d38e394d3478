"""Run the trials of a batch, some at once; see `guildpkg.pipeline.train.trials` for what they are."""

from __future__ import annotations

import collections
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import field, replace

from guildpkg.core.events import Step, Warn
from guildpkg.core.runs.batches import BatchRecord
from guildpkg.core.runs.record import USER
from guildpkg.core.words import count
from guildpkg.errors import Busy, GuildError
from guildpkg.lean import dataclass
from guildpkg.pipeline.setting import Setting
from guildpkg.pipeline.train.later import start_made
from guildpkg.pipeline.train.launch import get_ready, tidy
from guildpkg.pipeline.train.lines import Lines
from guildpkg.pipeline.train.place import gpu_share, gpu_variables
from guildpkg.pipeline.train.plan import Plan
from guildpkg.pipeline.train.trials import Left, told
from guildpkg.run.brake import Brakes, hearing_signals
from guildpkg.run.launch import Ended, launch
from guildpkg.stores.batches import Batches
from guildpkg.stores.runs import Runs
from guildpkg.stores.runs_folder import Run

STARTED_ELSEWHERE = "started elsewhere"
"""What became of a staged trial that somebody else has started meanwhile."""
STOPPED_EARLY = "a failed trial"
"""Who ends the other trials of a batch with ``--fail-fast``."""


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
    batch: BatchRecord, left: Mapping[int, Left], setting: Setting, *, jobs: int = 1, fail_fast: bool = False
) -> int:
    """Run trials to their ends.

    Args:
        batch: The batch.
        left: The trials that are to be run, by number.
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
        _run_all(work, left, jobs)
    setting.report(Step(_summary(work, len(left))))
    if work.brakes.by == USER:
        return 130
    failed = [code for _, code in sorted(work.codes.items()) if code]
    return next(iter(failed), 1 if work.brakes.by else 0)


def _run_all(work: _Work, left: Mapping[int, Left], jobs: int) -> None:
    """Run trials in threads; what is no failure of a trial ends all of them, and comes out of here."""
    waiting = collections.deque(sorted(left))
    slots = min(jobs, len(left))

    def worker(slot: int) -> None:
        while waiting and not work.brakes.by:
            try:
                number = waiting.popleft()
            except IndexError:
                return
            try:
                _run_trial(work, number, _with_gpus(left[number], work, slot, slots))
            except BaseException:
                work.brakes.press("trouble of guild")
                raise

    with ThreadPoolExecutor(max(1, slots)) as pool:
        futures: list[Future[None]] = [pool.submit(worker, slot) for slot in range(slots)]
    for future in futures:
        future.result()


def _with_gpus(trial: Left, work: _Work, slot: int, slots: int) -> Left:
    """Give a trial its share of the GPUs, when they were named and several run at once; a staged one has them all."""
    if isinstance(trial, Run) or work.batch.gpus == "all" or slots < 2:
        return trial
    share = gpu_share(work.batch.gpus, slot, slots)
    return replace(trial, variables={**trial.variables, **gpu_variables(share, work.setting.env)})


def _run_trial(work: _Work, number: int, trial: Left) -> None:
    report = work.lines.of_trial(number)
    report(Step(f"Trial {number} of {len(work.batch.trials)}: {told(work.batch, number)}"))
    setting = replace(work.setting, report=report)
    try:
        ended = _run_staged(work, trial, setting) if isinstance(trial, Run) else _run_planned(work, trial, setting)
        work.ended[number], work.codes[number] = ended.status.word, ended.code
    except (GuildError, OSError) as error:
        report(Warn(f"trial {number}: {error}"))
        elsewhere = isinstance(trial, Run) and isinstance(error, Busy)
        work.ended[number], work.codes[number] = (STARTED_ELSEWHERE, 0) if elsewhere else ("error", 1)
    finally:
        work.lines.end(number)
    if work.codes[number] and work.fail_fast and not work.brakes.by:
        work.brakes.press(STOPPED_EARLY)


def _run_planned(work: _Work, plan: Plan, setting: Setting) -> Ended:
    ready = get_ready(plan, setting)
    try:
        return launch(ready.spec, Runs(setting.home), setting.report, replace(ready.options, brake=work.brakes.add()))
    finally:
        tidy(plan, ready.place)


def _run_staged(work: _Work, run: Run, setting: Setting) -> Ended:
    return start_made(run, setting, work.brakes.add())


def _summary(work: _Work, number: int) -> str:
    words = collections.Counter(work.ended.values())
    found = ", ".join(f"{many} {word}" for word, many in sorted(words.items()))
    rest = number - len(work.ended)
    missing = f", {rest} not run: guild run --resume {work.batch.id[:8]}" if rest else ""
    return f"{count(number, 'trial')}: {found or 'none was run'}{missing}"
