"""The way of a batch from its plan to its end, for the commands that start runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guildpkg.cli.session import Session
from guildpkg.errors import UsageFault

if TYPE_CHECKING:
    from guildpkg.pipeline.setting import Setting
    from guildpkg.pipeline.train.plan import Plan


def start_batch(session: Session, planned: Plan, setting: Setting, asked: dict[str, Any]) -> int:
    """Run a batch, or leave it to a guild in the background.

    Args:
        session: Where the user stands.
        planned: The batch.
        setting: The outside world.
        asked: The options.

    Returns:
        The exit code.
    """
    from guildpkg.pipeline.train.batch import begin, has_begun, run_batch
    from guildpkg.pipeline.train.later import go_on_alone

    if asked["stage"]:
        raise UsageFault("a batch is not staged", hint="--background starts it; its trials are runs like all others")
    batch, plans = begin(planned, setting)
    if not asked["background"]:
        return run_batch(batch, plans, setting, jobs=asked["jobs"], fail_fast=asked["fail_fast"])
    words = [
        "run",
        "--resume",
        batch.id,
        "-j",
        str(asked["jobs"]),
        "-q",
        *(["--fail-fast"] if asked["fail_fast"] else []),
    ]
    go_on_alone(words, lambda: has_begun(batch, setting), setting)
    if asked["as_json"]:
        session.output.json({"batch": batch.id, "trials": len(plans)})
    else:
        session.output.result(batch.id)
        session.output.say("It goes on in the background; guild runs shows its trials")
    return 0


def resume_batch(session: Session, word: str, setting: Setting, asked: dict[str, Any]) -> int:
    """Run what is left of a batch."""
    from guildpkg.pipeline.train.batch import resume, run_batch

    batch, plans = resume(word, session.cwd, setting)
    if not plans:
        session.output.say(f"All {len(batch.trials)} trials are completed")
        return 0
    if asked["dry_run"]:
        session.output.result(f"{len(plans)} of {len(batch.trials)} trials are left: {', '.join(map(str, plans))}")
        return 0
    return run_batch(batch, plans, setting, jobs=asked["jobs"], fail_fast=asked["fail_fast"])
