"""What ``train``, ``prepare``, ``evaluate`` and ``run`` share: their options, and the way from a plan to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from guildpkg.cli.confirm import confirmed, yes_option
from guildpkg.cli.offers import flags, profiles, run_tags
from guildpkg.cli.options import json_option, setting_of, talk_options, together
from guildpkg.cli.places import files
from guildpkg.cli.project_options import project_options
from guildpkg.cli.session import Session
from guildpkg.errors import UsageFault

if TYPE_CHECKING:
    from guildpkg.pipeline.setting import Setting
    from guildpkg.pipeline.train.find import Wish
    from guildpkg.pipeline.train.plan import Plan

Function = TypeVar("Function", bound=Callable[..., Any])

_SHOW = ("preview", "print_cmd", "print_env", "test_snapshot", "help_model", "help_op", "dry_run")
"""Options that show something and run nothing."""


def start_options(function: Function) -> Function:
    """Add the options of every command that starts a run."""
    return together(
        click.option("--help-op", is_flag=True, help="Show the flags of the operation, and run nothing."),
        click.option("--help-model", is_flag=True, help="Show the model, and run nothing."),
        click.option("--test-snapshot", is_flag=True, help="Say which source files would be kept, and run nothing."),
        click.option("--print-env", is_flag=True, help="Print the environment that would be added, and run nothing."),
        click.option("--print-cmd", is_flag=True, help="Print the command, and run nothing."),
        click.option("--preview", is_flag=True, help="Show the command and its environment, and run nothing."),
        click.option("--dry-run", is_flag=True, help="Say what would be run, and run nothing."),
        click.option("--fail-fast", is_flag=True, help="End a batch when one of its trials fails."),
        click.option(
            *("-j", "--jobs"), type=click.IntRange(1), default=1, metavar="N", help="Run N trials of a batch at once."
        ),
        click.option("--stage", is_flag=True, help="Make the run, and leave its start to `guild run --start`."),
        click.option(
            *("-b", "-n", "--background", "--no-wait", "background"),
            is_flag=True,
            help="Start it, and do not wait: it goes on when the shell ends.",
        ),
        click.option("--python", default="", metavar="PYTHON", shell_complete=files, help="Run it with this Python."),
        click.option("--no-gpus", is_flag=True, help="Hide the GPUs from it."),
        click.option("--gpus", metavar="N,...", help="Show it only these GPUs."),
        click.option(
            "-t", "--tag", "tags", multiple=True, metavar="TAG", shell_complete=run_tags, help="Give the run this tag."
        ),
        click.option("-l", "--label", metavar="TEXT", help="Give the run this label."),
        click.option(
            "-p",
            "--profile",
            "profiles",
            multiple=True,
            metavar="NAME",
            shell_complete=profiles,
            help="Use the flags of a profile.",
        ),
        click.option(
            "-F",
            "--flag",
            "forced",
            multiple=True,
            metavar="NAME[=VALUE]",
            shell_complete=flags,
            help="Set a flag; a name alone switches it on.",
        ),
        yes_option,
        project_options,
        json_option,
        talk_options,
    )(function)


latest_option = click.option(
    "-L", "--latest-run", "latest", is_flag=True, help="Go into the latest run of the model, instead of RUNDIR."
)


def start(session: Session, operation: str, words: tuple[str, ...], asked: dict[str, Any]) -> int:
    """Plan what the user asked for, show it, ask, and run it.

    Args:
        session: Where the user stands.
        operation: ``train``, ``prepare``, ``evaluate``; empty when a word names it.
        words: The words of the command line.
        asked: The options.

    Returns:
        The exit code of the operation.
    """
    from guildpkg.pipeline.train.plan import plan

    wish = wish_of(operation, words, asked)
    return carry_on(session, plan(wish, session.cwd, setting_of(session)), asked)


def wish_of(operation: str, words: tuple[str, ...], asked: dict[str, Any]) -> Wish:
    """Put together what the user asked for.

    Raises:
        UsageFault: Options contradict one another.
    """
    from guildpkg.pipeline.train.find import Wish

    if asked["gpus"] is not None and asked["no_gpus"]:
        raise UsageFault("--gpus and --no-gpus contradict one another")
    _check_shown(asked)
    return Wish(
        operation=operation,
        words=words,
        forced=asked["forced"],
        profiles=asked["profiles"],
        label=asked["label"],
        tags=asked["tags"],
        gpus="" if asked["no_gpus"] else asked["gpus"],
        python=asked["python"],
        latest=asked.get("latest", False),
        project_dir=asked["project_dir"],
        project_file=asked["project_file"],
    )


def carry_on(
    session: Session,
    planned: Plan,
    asked: dict[str, Any],
    carry_out: Callable[[Plan, Setting], int] | None = None,
) -> int:
    """Show a plan, or ask and carry it out, in the way that is not the usual one where that is given."""
    from guildpkg.pipeline.train import launch as train

    if any(asked[name] for name in _SHOW):
        _show(session, planned, asked)
        return 0
    if not _supplied(session, planned, yes=asked["yes"]) or not _agreed(session, planned, yes=asked["yes"]):
        return 0
    relayed = setting_of(session, session.output.relay)
    if planned.trials:
        from guildpkg.cli.train_batch import start_batch

        return start_batch(session, planned, relayed, asked)
    if asked["stage"] or asked["background"]:
        _start_later(session, planned, relayed, asked)
        return 0
    return (carry_out or train.carry_out)(planned, relayed)


def _start_later(session: Session, planned: Plan, setting: Setting, asked: dict[str, Any]) -> None:
    """Make a run, and leave its start to another guild."""
    from guildpkg.pipeline.train.later import leave, stage

    run = stage(planned, setting)
    if asked["background"]:
        leave(run, setting)
    tell_made(session, run.record().id, str(run.path), asked)


def tell_made(session: Session, run: str, folder: str, asked: dict[str, Any]) -> None:
    """Say which run was made, and what becomes of it."""
    text = f"It waits; guild run --start {run[:8]} starts it"
    if asked["background"]:
        text = f"It goes on in the background; guild cat --output -f {run[:8]} shows what it prints"
    if asked["as_json"]:
        session.output.json({"id": run, "run_dir": folder})
    else:
        session.output.result(run)
        session.output.say(text)


def _check_shown(asked: dict[str, Any]) -> None:
    shown = [name for name in _SHOW if asked[name]]
    if len(shown) > 1:
        first, second = (f"--{name.replace('_', '-')}" for name in shown[:2])
        raise UsageFault(f"{first} and {second} are two answers: ask for one")
    later = asked["stage"] or asked["background"]
    if asked["stage"] and asked["background"]:
        raise UsageFault("--stage does not start it and --background does: give one of them")
    if asked["as_json"] and shown[:1] not in (["dry_run"], ["test_snapshot"]) and not (later and not shown):
        hint = "write it with --dry-run, --test-snapshot, --stage or --background"
        raise UsageFault("--json prints a plan, or the run that was made", hint=hint)


def _supplied(session: Session, planned: Plan, *, yes: bool) -> bool:
    """Install what is required and lacks, when the user agrees, and see that nothing else is missing."""
    from guildpkg.core.project.model import Steps

    if not planned.needs and not isinstance(planned.operation.command, Steps):
        return True
    from guildpkg.pipeline.train.launch import packages_lacking
    from guildpkg.pipeline.train.supply import check_supply, install_lacking

    setting = setting_of(session)
    packages = packages_lacking(planned, setting)
    if packages:
        session.output.say(f"{planned.title} requires what is not installed: {', '.join(packages)}")
        if not confirmed(session, "Install?", yes=yes):
            return False
        install_lacking(packages, session.path, setting)
    check_supply(planned, setting)
    return True


def _agreed(session: Session, planned: Plan, *, yes: bool) -> bool:
    """Say what is about to be run and ask, where the project wants that."""
    if yes or not planned.project.confirm:
        return True
    from guildpkg.pipeline.train.show import prompt_lines

    for line in prompt_lines(planned):
        session.output.say(line)
    return confirmed(session, "Continue?", yes=False)


def _show(session: Session, planned: Plan, asked: dict[str, Any]) -> None:
    """Show what the user asked for instead of running it."""
    from guildpkg.pipeline.project.help import model_text, operation_text
    from guildpkg.pipeline.train import show as train_show

    output, env = session.output, session.env
    if asked["test_snapshot"]:
        rows = train_show.snapshot_rows(planned)
        if asked["as_json"]:
            output.json(rows)
        else:
            output.table([("+" if row["taken"] else "-", row["path"], row["why"]) for row in rows])
    elif asked["as_json"]:
        output.json(train_show.plan_value(planned, env))
    else:
        lines: dict[str, Callable[[], Iterable[str]]] = {
            "preview": lambda: train_show.preview(planned, env),
            "print_cmd": lambda: [train_show.command_line(planned, env)],
            "print_env": lambda: train_show.export_lines(planned, env),
            "help_model": lambda: model_text(planned.listed),
            "help_op": lambda: operation_text(planned.operation),
            "dry_run": lambda: [*train_show.prompt_lines(planned), *train_show.trial_lines(planned)],
        }
        for line in next(make for name, make in lines.items() if asked[name])():
            output.result(line)
