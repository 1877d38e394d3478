"""``guild view``."""

from __future__ import annotations

import math
from typing import Any

import click

from guildpkg.cli.browser import show_in_browser
from guildpkg.cli.options import json_option, talk_options
from guildpkg.cli.project_options import project_options
from guildpkg.cli.runs_options import all_runs_option, store_of, wanted_of
from guildpkg.cli.session import Session, pass_session
from guildpkg.errors import UsageFault


def _ambiguous(_: click.Context, __: click.Parameter, value: object) -> None:
    if value:
        message = "-n has meant the interval and has meant that no browser is opened"
        raise UsageFault(message, hint="write --interval SECONDS or --no-open")


def _number(_: click.Context, __: click.Parameter, value: float) -> float:
    if math.isnan(value):  # which no bound of a range keeps out
        raise click.BadParameter("nan is no number of seconds")
    return value


@click.command("view", short_help="Show the runs in the browser.")
@click.option(
    "-p", "--port", type=click.IntRange(0, 65535), default=6333, help="Port; 0 for a free one (default: 6333)."
)
@click.option("--host", default="127.0.0.1", metavar="HOST", help="Address to listen on (default: this machine only).")
@click.option("--no-open", is_flag=True, help="Open no browser.")
@click.option(
    "--interval",
    type=click.FloatRange(0.1, 3600),
    default=2.0,
    metavar="SECONDS",
    callback=_number,
    help="Look for changes so often (default: 2).",
)
@click.option(
    "-n", is_flag=True, expose_value=False, is_eager=True, callback=_ambiguous, help="Refused: it has had two meanings."
)
@all_runs_option
@json_option
@project_options
@talk_options
@pass_session
def command(session: Session, /, port: int, host: str, interval: float, **asked: Any) -> None:
    """Show the runs of this project in the browser, live, until Ctrl-C."""
    from pathlib import Path

    from guildpkg.pipeline.view.serve import Place, ViewedRuns, listen, serve, url_of

    wanted = wanted_of(session, asked)
    place = Place(host, port)
    listener = listen(place)
    url = url_of(listener, place)

    def ready() -> None:
        session.output.say(f"Guild View is at {url} (Ctrl-C stops it)")
        if asked["as_json"]:
            session.output.json({"url": url, "port": listener.getsockname()[1]})
            session.output.settle()
        if not asked["no_open"]:
            show_in_browser(url, session.env)

    data = ViewedRuns(store_of(session), Path(wanted.project) if wanted.project else None)
    serve(data, listener, place, interval=interval, ready=ready, report=session.output.report)
    session.output.say("Guild View stopped")
