"""``guild inspect``."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

from guildpkg.cli.options import json_option, talk_options
from guildpkg.cli.places import files
from guildpkg.cli.session import Session, pass_session
from guildpkg.core.words import count, in_bytes
from guildpkg.errors import UsageFault

if TYPE_CHECKING:
    from guildpkg.pipeline.package.inspect import Inspection


@click.command("inspect", short_help="Show what an archive holds.")
@click.argument("archive", shell_complete=files)
@click.option("--files", is_flag=True, help="List the members instead.")
@click.option("--manifest", is_flag=True, help="Print the manifest instead.")
@json_option
@talk_options
@pass_session
def command(session: Session, archive: str, *, files: bool, manifest: bool, as_json: bool) -> None:
    """Show what ARCHIVE says of itself: name, sources, files. Nothing is verified; `guild verify` does that."""
    from guildpkg.pipeline.package import inspect

    path = session.path(archive)
    if files and manifest:
        raise UsageFault("--files and --manifest are two answers: ask for one")
    if manifest and as_json:
        raise UsageFault("a manifest is text: --json without --manifest gives what it says")
    if files:
        listed = inspect.members(path, archive)
        if as_json:
            session.output.json([member.as_json() for member in listed])
        else:
            rows = [(f"{m.mode:04o}", str(m.size), m.name + (f" -> {m.target}" if m.target else "")) for m in listed]
            session.output.table(rows)
        return
    found = inspect.inspect(path, archive)
    if manifest:
        session.output.raw_result(found.text)
    elif as_json:
        session.output.json(found.as_json())
    else:
        session.output.table(_rows(found))


def _rows(found: Inspection) -> list[tuple[str, str]]:
    manifest, build = found.manifest, found.manifest.build
    when = datetime.datetime.fromtimestamp(build.epoch, tz=datetime.UTC)
    rows = [
        ("name", manifest.name),
        ("version", manifest.version),
        ("description", manifest.get("package", "description")),
        ("license", manifest.get("package", "license")),
        ("archive", f"{in_bytes(found.size)}, sha256 {found.sha256}"),
        ("holds", f"{count(len(manifest.files), 'file')}, {in_bytes(manifest.size)}"),
        ("built by", f"guildpkg {build.guildpkg}, sources of {when:%Y-%m-%d %H:%M:%S} UTC"),
        ("needs", manifest.get("requires", "packages")),
        ("needs Python", manifest.get("requires", "python")),
    ]
    for pin in manifest.pins:
        rows.append(("source", pin.source))
        exact = f"commit {pin.commit}, tree {pin.tree}" if pin.commit else f"sha256 {pin.sha256 or pin.digest}"
        rows.append(("", exact))
    return [row for row in rows if row[1]]
