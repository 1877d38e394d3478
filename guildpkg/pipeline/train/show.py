"""A plan as text and as values: the prompt, ``--preview``, ``--print-cmd``, ``--print-env``, ``--json``."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from guildpkg.core.project.flags import FlagValue
from guildpkg.core.project.model import Steps
from guildpkg.core.project.values import raw_of
from guildpkg.core.words import count
from guildpkg.pipeline.train.place import place_of
from guildpkg.pipeline.train.plan import Plan
from guildpkg.pipeline.train.spec import Command, command_of
from guildpkg.run.snapshot import plan_snapshot

PREVIEWED: Final = "$RUNDIR"
"""What stands for RUNDIR before there is a run."""
_PREFACE: Final = (
    "This command will use the settings below. Note that RUNDIR is created dynamically for each run, and that it will"
    " be used wherever $RUNDIR appears below."
)
_WIDTH: Final = 78


def prompt_lines(plan: Plan) -> Iterator[str]:
    """Say what is about to be run, with its flags and what stands in for its resources."""
    batch = f" as a batch ({count(len(plan.trials), 'trial')})" if plan.trials else ""
    yield f"You are about to run {plan.title}{batch}"
    for value in sorted(plan.flags, key=lambda value: value.flag.name):
        if text := _values(plan, value):
            yield f"  {value.flag.name}: {text}"
    for name, place in plan.overrides.items():
        yield f"  {name}: {place}"


def _values(plan: Plan, value: FlagValue) -> str:
    """Write the value of a flag; in a batch all that it takes. Nothing when it is not passed."""
    place = plan.flags.index(value)
    texts = [shown(flags[place]) for flags in plan.trials or (plan.flags,) if flags[place].value is not None]
    different = list(dict.fromkeys(texts))
    return f"[{', '.join(different)}]" if len(different) > 1 else "".join(different)


def trial_lines(plan: Plan) -> Iterator[str]:
    """List the trials of a batch: the flags of each that differ between them."""
    varying = [n for n in range(len(plan.flags)) if len({flags[n].raw for flags in plan.trials}) > 1]
    for number, flags in enumerate(plan.trials, 1):
        yield f"  {number}: {' '.join(f'{flags[n].flag.name}={shown(flags[n])}' for n in varying)}".rstrip()


def shown(value: FlagValue) -> str:
    """Write the value of a flag for people."""
    if value.value is True:
        return "(boolean switch)"
    if isinstance(value.value, str) or value.value is None:
        return str(value.text)
    return raw_of(value.value)


def preview(plan: Plan, env: Mapping[str, str]) -> Iterator[str]:
    """Write what would be run: the command, an option a line, and the environment that is added."""
    if isinstance(plan.operation.command, Steps):
        yield from (step.run for step in plan.operation.command.steps)
        return
    command = previewed(plan, env)
    yield from textwrap.wrap(_PREFACE, _WIDTH)
    yield from ("", "Command:", "")
    rows = list(_option_rows(command.argv))
    for number, row in enumerate(rows):
        indent, more = "    " if number else "  ", " \\" if number + 1 < len(rows) else ""
        yield f"{indent}{row}{more}"
    yield from ("", "Environment:", "")
    for name, value in sorted(_environment(plan, command).items()):
        yield f"  {name}={value}"


def _option_rows(argv: tuple[str, ...]) -> Iterator[str]:
    row = [quoted(argv[0])]
    for word in argv[1:]:
        if word.startswith("-") or not row[0].startswith("-") or len(row) > 1:
            yield " ".join(row)
            row = []
        row.append(quoted(word))
    yield " ".join(row)


def quoted(word: str) -> str:
    """Quote a word for a shell, except for what stands for RUNDIR."""
    return word if word.replace(PREVIEWED, "") == "" else shlex.quote(word)


def previewed(plan: Plan, env: Mapping[str, str]) -> Command:
    """Write the command of a plan that has no run yet."""
    run = plan.over.path if plan.over else Path(PREVIEWED).parent
    rundir = "" if plan.over else PREVIEWED
    return command_of(plan, place_of(plan.project, plan.operation, run, tree=plan.tree, rundir=rundir), "$RUN_ID", env)


def _environment(plan: Plan, command: Command) -> dict[str, str]:
    rundir = str(plan.over.files) if plan.over else PREVIEWED
    return {**command.env, "RUNDIR": rundir, "RUN_DIR": rundir}


def command_line(plan: Plan, env: Mapping[str, str]) -> str:
    """Write the command for a shell, in one line."""
    return " ".join(quoted(word) for word in previewed(plan, env).argv)


def export_lines(plan: Plan, env: Mapping[str, str]) -> Iterator[str]:
    """Write the environment for a shell."""
    for name, value in sorted(_environment(plan, previewed(plan, env)).items()):
        yield f"export {name}={quoted(value)}"


def snapshot_rows(plan: Plan) -> list[dict[str, Any]]:
    """Say of every path of the project whether it is kept with a run, and why."""
    rules = [(rule.action, rule.pattern) for rule in plan.operation.sourcecode]
    choices = plan_snapshot(Path(plan.project.dir), rules).choices if plan.operation.snapshot else ()
    return [{"path": c.path, "taken": c.taken, "why": c.why, "size": c.size} for c in choices]


def plan_value(plan: Plan, env: Mapping[str, str]) -> dict[str, Any]:
    """Give a plan for programs."""
    from guildpkg.pipeline.train.resources import need_rows

    steps = isinstance(plan.operation.command, Steps)
    command = None if steps else previewed(plan, env)
    return {
        "operation": plan.title,
        "project": plan.project.known_as,
        "package": plan.project.installed or None,
        "command": list(command.argv) if command else None,
        "env": _environment(plan, command) if command else None,
        "interpreter": plan.interpreter,
        "flags": [_flag(value) for value in plan.flags],
        "resources": dict(need_rows(plan.needs)),
        "label": plan.label,
        "tags": list(plan.tags),
        "trials": [{value.flag.name: _flag(value)["value"] for value in flags} for flags in plan.trials],
    }


def _flag(value: FlagValue) -> dict[str, Any]:
    plain = value.value
    if isinstance(plain, float) and not abs(plain) < float("inf"):
        plain = raw_of(plain)
    return {"name": value.flag.name, "value": plain, "raw": value.raw, "layer": value.layer}
