"""All addresses together: the page, the API, the guard around both."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from guildpkg.core.events import Reporter, silent
from guildpkg.core.view_data import ViewData
from guildpkg.errors import GuildError
from guildpkg.view.answers import failure, no_answer, refusal
from guildpkg.view.feed import Feed
from guildpkg.view.guard import Guard
from guildpkg.view.routes_change import changing
from guildpkg.view.routes_files import files
from guildpkg.view.routes_read import reading

STATIC: Final = Path(__file__).parent / "static"
PAGES: Final = ("/", "/runs/{run}", "/compare", "/train")
"""Addresses of the page, which finds out itself what to show; ``/train`` is an old name of the newest run."""


def make_app(data: ViewData, feed: Feed, hosts: frozenset[str], token: str, report: Reporter = silent) -> Starlette:
    """Make the application.

    Args:
        data: What is shown.
        feed: Tells open pages of changes.
        hosts: Names under which the server may be asked.
        token: What a request has to show that changes something.
        report: Told of requests that fail through a fault of ours.
    """

    def page(_: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    return Starlette(
        routes=[
            *reading(data, token),
            *files(data),
            *changing(data, feed),
            *(Route(path, page) for path in PAGES),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard, hosts=hosts, token=token)],
        exception_handlers={GuildError: refusal, HTTPException: no_answer, Exception: failure(report)},
    )
