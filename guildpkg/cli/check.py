"""``guild check``."""

from __future__ import annotations

import click

from guildpkg.cli.options import json_option, talk_options
from guildpkg.cli.project_options import project_options
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count


@click.command("check", short_help="Check this machine and the project file.")
@project_options
@json_option
@talk_options
@pass_session
def command(session: Session, project_dir: str, project_file: str, *, as_json: bool) -> int:
    """Show what guild finds on this machine, and what is wrong or odd in the project file.

    Exits with 1 when something is wrong; what is merely odd does not fail.
    """
    from guildpkg.pipeline.project_check import check

    found = check(session.cwd, session.home, session.env, directory=project_dir, project_file=project_file)
    if as_json:
        notes = {
            kind: [
                {"file": note.where.file, "line": note.where.line, "message": note.message, "hint": note.hint}
                for note in noted
            ]
            for kind, noted in (("faults", found.faults), ("warnings", found.warnings))
        }
        machine = {"machine": dict(found.machine), "missing": list(found.missing)}
        session.output.json({**machine, "project": {"files": list(found.files), **notes}, "sound": found.sound})
        return int(not found.sound)
    for name, value in found.machine.items():
        session.output.result(f"{name + ':':<27}{value}")
    for file in found.files:
        session.output.result(f"{'project_file:':<27}{file}")
    for kind, noted in (("error", found.faults), ("warning", found.warnings)):
        for note in noted:
            session.output.result(f"{kind}: {note}")
    for name in found.missing:
        session.output.result(f"error: {name.removesuffix('_version')} is not installed, and guild needs it")
    wrong = count(len(found.faults) + len(found.missing), "error")
    session.output.say(f"{wrong}, {count(len(found.warnings), 'warning')}")
    return int(not found.sound)
