"""``guild check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from guildpkg.cli.options import json_option, talk_options
from guildpkg.cli.project_options import project_options
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count

if TYPE_CHECKING:
    from guildpkg.pipeline.runs.check import Trouble


@click.command("check", short_help="Check this machine, the project file and the runs.")
@project_options
@click.option("--repair", is_flag=True, help="Put right what a kill or a power cut left among the runs.")
@json_option
@talk_options
@pass_session
def command(session: Session, project_dir: str, project_file: str, *, repair: bool, as_json: bool) -> int:
    """Show what guild finds on this machine, and what is wrong or odd in the project file and among the runs.

    Exits with 1 when something is wrong; what is merely odd does not fail.
    """
    from guildpkg.pipeline.installed.check import check_home
    from guildpkg.pipeline.project.check import check
    from guildpkg.pipeline.runs.check import check_runs, is_sound

    found = check(session.cwd, session.home, session.env, directory=project_dir, project_file=project_file)
    runs = check_runs(session.home, mend=repair)
    damaged = check_home(session.home)
    sound = found.sound and not damaged and is_sound(runs, mended=repair)
    if as_json:
        notes = {
            kind: [
                {"file": note.where.file, "line": note.where.line, "message": note.message, "hint": note.hint}
                for note in noted
            ]
            for kind, noted in (("faults", found.faults), ("warnings", found.warnings))
        }
        machine = {"machine": dict(found.machine), "missing": list(found.missing)}
        told = [_plain(trouble, repaired=True) for trouble in runs.mended]
        told += [_plain(trouble, repaired=False) for trouble, _ in runs.left]
        project = {"files": list(found.files), **notes}
        session.output.json({**machine, "home": damaged, "project": project, "runs": told, "sound": sound})
        return int(not sound)
    for name, value in found.machine.items():
        session.output.result(f"{name + ':':<27}{value}")
    for file in found.files:
        session.output.result(f"{'project_file:':<27}{file}")
    for kind, noted in (("error", found.faults), ("warning", found.warnings)):
        for note in noted:
            session.output.result(f"{kind}: {note}")
    for name in found.missing:
        session.output.result(f"error: {name.removesuffix('_version')} is not installed, and guild needs it")
    for fault in damaged:
        session.output.result(f"error: {fault['message']} ({fault['hint']})")
    for trouble in runs.mended:
        session.output.result(f"repaired: {trouble.path} {trouble.text}")
    grave = [(trouble.grave or repair, trouble, why) for trouble, why in runs.left]
    for is_error, trouble, why in grave:
        reason = f", and cannot be repaired: {why}" if why else ""
        session.output.result(f"{'error' if is_error else 'warning'}: {trouble.path} {trouble.text}{reason}")
    if runs.left and not repair:
        session.output.say("`guild check --repair` puts the runs right")
    errors = len(found.faults) + len(found.missing) + len(damaged) + sum(item[0] for item in grave)
    warnings = len(found.warnings) + sum(not item[0] for item in grave)
    session.output.say(f"{count(errors, 'error')}, {count(warnings, 'warning')}")
    return int(not sound)


def _plain(trouble: Trouble, *, repaired: bool) -> dict[str, object]:
    return {"path": str(trouble.path), "message": trouble.text, "grave": trouble.grave, "repaired": repaired}
