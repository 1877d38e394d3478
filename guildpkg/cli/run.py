"""``guild run``."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

import click
from click.core import ParameterSource

from guildpkg.cli.offers import batches, some_run, staged_runs, start_words
from guildpkg.cli.options import setting_of
from guildpkg.cli.session import Session, pass_session
from guildpkg.cli.train_options import carry_on, latest_option, start, start_options, tell_made, wish_of
from guildpkg.errors import UsageFault

_AGAIN = ("start_run", "restart", "from_run", "resume")
"""Options that name a run instead of an operation."""
_ALONE = (
    *("forced", "profiles", "label", "tags", "gpus", "no_gpus", "python", "latest", "stage", "project_dir"),
    *("project_file", "preview", "print_cmd", "print_env", "test_snapshot", "help_model", "help_op"),
)
"""What says how a run is to be made, or shows that."""


@click.command("run", short_help="Run an operation of a model.")
@click.argument("words", nargs=-1, metavar="[[MODEL:]OPERATION] [FLAG=VALUE]...", shell_complete=start_words)
@click.option(
    "--start", "start_run", default="", metavar="RUN", shell_complete=staged_runs, help="Start a run that was staged."
)
@click.option(
    "--restart", default="", metavar="RUN", shell_complete=some_run, help="Do RUN again, with the project as it is now."
)
@click.option(
    "--from",
    "from_run",
    default="",
    metavar="RUN",
    shell_complete=some_run,
    help="Do RUN again, with the code and data it had.",
)
@click.option("--resume", default="", metavar="BATCH", shell_complete=batches, help="Run what is left of a batch.")
@click.option("--force", is_flag=True, help="With --from: run it also when something is not as it was.")
@latest_option
@start_options
@pass_session
def command(session: Session, /, words: tuple[str, ...], **asked: Any) -> int:
    """Run OPERATION of MODEL (default: that of the project) with its flags, each set by NAME=VALUE."""
    named = [name for name in _AGAIN if asked[name]]
    if len(named) > 1:
        raise UsageFault("--start, --restart, --from and --resume are four things: ask for one")
    if asked["force"] and not asked["from_run"]:
        raise UsageFault("--force goes with --from")
    if not named:
        return start(session, "", words, asked)
    if any("=" not in word for word in words):
        raise UsageFault("the run says which operation it is: only flags can be given, as NAME=VALUE")
    ways = {"start_run": _start, "restart": _restart, "from_run": _from, "resume": _resume}
    return ways[named[0]](session, words, asked)


def _start(session: Session, words: tuple[str, ...], asked: dict[str, Any]) -> int:
    """Start a run that was staged."""
    from guildpkg.pipeline.train.later import find_staged, leave, start_staged

    _refuse_others("--start", "a staged run is started as it was made", words, asked, (*_ALONE, "jobs", "fail_fast"))
    word, setting = asked["start_run"], setting_of(session, session.output.relay)
    if asked["dry_run"]:
        record = find_staged(word, setting).record()
        flags = {row.name: row.value for row in record.flags}
        if asked["as_json"]:
            session.output.json({"id": record.id, "command": list(record.argv), "flags": flags})
        else:
            session.output.result(f"{record.operation}: {shlex.join(record.argv)}")
        return 0
    if asked["background"]:
        run = find_staged(word, setting)
        leave(run, setting)
        tell_made(session, run.record().id, str(run.path), asked)
        return 0
    return start_staged(word, setting)


def _refuse_others(option: str, why: str, words: tuple[str, ...], asked: dict[str, Any], names: Iterable[str]) -> None:
    """Refuse what is said beside an option that it cannot change: nothing a user says is passed over in silence.

    Raises:
        UsageFault: There is something.
    """
    context = click.get_current_context()
    given = [*words]
    for parameter in context.command.params:
        if parameter.name in names and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE:
            given.append(parameter.opts[-1])
    if given:
        raise UsageFault(why, hint=f"leave out {', '.join(given)} beside {option}")
    if asked["as_json"] and not (asked["dry_run"] or asked["background"]):
        raise UsageFault(f"--json goes with --dry-run or --background beside {option}")


def _restart(session: Session, words: tuple[str, ...], asked: dict[str, Any]) -> int:
    """Do a run again with the project as it is now."""
    from guildpkg.pipeline.train.again import plan_restart

    setting = setting_of(session)
    return carry_on(session, plan_restart(asked["restart"], wish_of("", words, asked), session.cwd, setting), asked)


def _from(session: Session, words: tuple[str, ...], asked: dict[str, Any]) -> int:
    """Do a run again with all that it had, or say what is not as it was."""
    from guildpkg.pipeline.train.again import Differs, carry_out_from, plan_from

    word, force = asked["from_run"], asked["force"]
    if asked["stage"] or asked["background"]:
        raise UsageFault("--from is run at once: whether the data is the same shows only then")
    planned, differing = plan_from(word, wish_of("", words, asked), session.cwd, setting_of(session))
    if differing and not force:
        raise Differs(word, differing)
    return carry_on(session, planned, asked, lambda plan, setting: carry_out_from(word, plan, setting, force=force))


def _resume(session: Session, words: tuple[str, ...], asked: dict[str, Any]) -> int:
    """Run what is left of a batch."""
    from guildpkg.cli.train_batch import resume_batch

    _refuse_others("--resume", "a batch is resumed as it was begun", words, asked, _ALONE)
    return resume_batch(session, asked["resume"], setting_of(session, session.output.relay), asked)
