"""``guild check``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from guildpkg.cli.options import dry_run_option, json_option, talk_options
from guildpkg.cli.project_options import project_options
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count
from guildpkg.errors import UsageFault

if TYPE_CHECKING:
    from guildpkg.pipeline.project.check import Checked
    from guildpkg.pipeline.runs.check import Repaired, Trouble


@click.command("check", short_help="Check this machine, the project file and the runs.")
@project_options
@click.option("--repair", is_flag=True, help="Put right what a kill or a power cut left among the runs.")
@dry_run_option
@json_option
@talk_options
@pass_session
def command(session: Session, /, project_dir: str, project_file: str, **asked: Any) -> int:
    """Show what guild finds on this machine, and what is wrong or odd in the project file and among the runs.

    Exits with 1 when something is wrong; what is merely odd does not fail.
    """
    from guildpkg.pipeline.installed.check import check_home
    from guildpkg.pipeline.project.check import check
    from guildpkg.pipeline.runs.check import check_runs, is_sound

    if asked["dry_run"] and not asked["repair"]:
        raise UsageFault("-n is for --repair: without it nothing is changed")
    repair = asked["repair"] and not asked["dry_run"]
    found = check(session.cwd, session.home, session.env, directory=project_dir, project_file=project_file)
    runs = check_runs(session.home, mend=repair)
    damaged = check_home(session.home)
    sound = found.sound and not damaged and is_sound(runs, mended=repair)
    if asked["as_json"]:
        session.output.json(_plain(found, damaged, runs, sound=sound))
        return int(not sound)
    _show_machine_and_project(session, found)
    for fault in damaged:
        session.output.result(f"error: {fault['message']} ({fault['hint']})")
    graves = _show_runs(session, runs, repaired=repair, dry_run=asked["dry_run"])
    errors = len(found.faults) + len(found.missing) + len(damaged) + graves
    warnings = len(found.warnings) + len(runs.left) - graves
    session.output.say(f"{count(errors, 'error')}, {count(warnings, 'warning')}")
    return int(not sound)


def _plain(found: Checked, damaged: list[dict[str, str]], runs: Repaired, *, sound: bool) -> dict[str, object]:
    """Give all that was found as plain values."""

    def note(trouble: Trouble, *, repaired: bool) -> dict[str, object]:
        return {"path": str(trouble.path), "message": trouble.text, "grave": trouble.grave, "repaired": repaired}

    notes = {
        kind: [
            {"file": note.where.file, "line": note.where.line, "message": note.message, "hint": note.hint}
            for note in noted
        ]
        for kind, noted in (("faults", found.faults), ("warnings", found.warnings))
    }
    told = [note(trouble, repaired=True) for trouble in runs.mended]
    told += [note(trouble, repaired=False) for trouble, _ in runs.left]
    machine = {"machine": dict(found.machine), "missing": list(found.missing)}
    return {
        **machine,
        "home": damaged,
        "project": {"files": list(found.files), **notes},
        "runs": told,
        "sound": sound,
    }


def _show_machine_and_project(session: Session, found: Checked) -> None:
    for name, value in found.machine.items():
        session.output.result(f"{name + ':':<27}{value}")
    for file in found.files:
        session.output.result(f"{'project_file:':<27}{file}")
    for kind, noted in (("error", found.faults), ("warning", found.warnings)):
        for note in noted:
            session.output.result(f"{kind}: {note}")
    for name in found.missing:
        session.output.result(f"error: {name.removesuffix('_version')} is not installed, and guild needs it")


def _show_runs(session: Session, runs: Repaired, *, repaired: bool, dry_run: bool) -> int:
    """Show what was or would be put right and what is left; say how much of that is an error."""
    errors = 0
    for trouble in runs.mended:
        session.output.result(f"repaired: {trouble.path} {trouble.text}")
    for trouble, why in runs.left:
        is_error = trouble.grave or repaired
        errors += is_error
        reason = f", and cannot be repaired: {why}" if why else ", and would be repaired" if dry_run else ""
        session.output.result(f"{'error' if is_error else 'warning'}: {trouble.path} {trouble.text}{reason}")
    if runs.left and not (repaired or dry_run):
        session.output.say("`guild check --repair` puts the runs right")
    return errors
