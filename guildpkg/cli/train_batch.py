"""The way of a batch from its plan to its end, for the commands that start runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guildpkg.cli.session import Session
from guildpkg.core.words import count

if TYPE_CHECKING:
    from guildpkg.core.runs.batches import BatchRecord
    from guildpkg.pipeline.setting import Setting
    from guildpkg.pipeline.train.plan import Plan


def start_batch(session: Session, planned: Plan, setting: Setting, asked: dict[str, Any]) -> int:
    """Run a batch, stage it, or leave it to a guild in the background.

    Args:
        session: Where the user stands.
        planned: The batch.
        setting: The outside world.
        asked: The options.

    Returns:
        The exit code.
    """
    from guildpkg.pipeline.train.batch import run_batch
    from guildpkg.pipeline.train.trials import begin

    if asked["stage"]:
        return _stage(session, planned, setting, asked)
    batch, plans = begin(planned, setting)
    if asked["background"]:
        return _go_on(session, batch, len(plans), setting, asked)
    return run_batch(batch, plans, setting, jobs=asked["jobs"], fail_fast=asked["fail_fast"])


def _stage(session: Session, planned: Plan, setting: Setting, asked: dict[str, Any]) -> int:
    """Make the runs of all trials, which wait to be started."""
    from guildpkg.pipeline.train.trials import stage_batch

    batch, runs = stage_batch(planned, setting)
    if asked["as_json"]:
        rows = [{"id": run.record().id, "run_dir": str(run.path)} for run in runs]
        session.output.json({"batch": batch.id, "trials": len(runs), "runs": rows})
        return 0
    session.output.result(batch.id)
    short, many = batch.id[:8], count(len(runs), "trial")
    session.output.say(
        f"{many} staged; guild run --resume {short} starts what waits, guild run --start RUN one of them"
    )
    return 0


def _go_on(session: Session, batch: BatchRecord, trials: int, setting: Setting, asked: dict[str, Any]) -> int:
    """Leave a batch to a guild in the background."""
    from guildpkg.pipeline.train.later import go_on_alone
    from guildpkg.pipeline.train.trials import begun

    words = ["run", "--resume", batch.id, "-j", str(asked["jobs"]), "-q"]
    words += ["--fail-fast"] if asked["fail_fast"] else []
    before = begun(batch, setting)
    go_on_alone(words, lambda: begun(batch, setting) > before, setting)
    if asked["as_json"]:
        session.output.json({"batch": batch.id, "trials": trials})
    else:
        session.output.result(batch.id)
        session.output.say("It goes on in the background; guild runs shows its trials")
    return 0


def resume_batch(session: Session, word: str, setting: Setting, asked: dict[str, Any]) -> int:
    """Run what is left of a batch."""
    from guildpkg.pipeline.train.batch import run_batch
    from guildpkg.pipeline.train.trials import resume

    batch, left = resume(word, session.cwd, setting)
    if asked["dry_run"] and asked["as_json"]:
        session.output.json({"batch": batch.id, "trials": len(batch.trials), "left": sorted(left)})
    elif not left:
        session.output.say(f"All {len(batch.trials)} trials are completed")
    elif asked["dry_run"]:
        numbers = ", ".join(map(str, sorted(left)))
        session.output.result(f"{len(left)} of {len(batch.trials)} trials are left: {numbers}")
    elif asked["background"]:
        return _go_on(session, batch, len(left), setting, asked)
    else:
        return run_batch(batch, left, setting, jobs=asked["jobs"], fail_fast=asked["fail_fast"])
    return 0
