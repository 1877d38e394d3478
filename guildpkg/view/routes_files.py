"""The addresses of what a run left: its output, its files, its source code."""

from __future__ import annotations

import posixpath

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from guildpkg.core.runs.record import is_run_folder
from guildpkg.core.view_data import Part, Sought, ViewData
from guildpkg.errors import UsageFault
from guildpkg.view.answers import file_answer, json_answer
from guildpkg.view.asked import Asked, asked, raw_path, run_in
from guildpkg.view.awaited import while_awaited

ROOTS = ("files", "source")
OUTPUT = 1 << 18
MOST_OUTPUT = 1 << 22


def _operation(given: Asked) -> str:
    """Read which operation that went into the run is meant; empty for the run itself."""
    name = given.text("of")
    if name and not is_run_folder(name):
        raise UsageFault("of names an operation that went into the run")
    return name


def files(data: ViewData) -> list[Route]:
    """Make the routes.

    Args:
        data: What is shown.
    """

    def output(request: Request) -> Response:
        given = asked(request, "after", "before", "limit", "of")
        limit = given.whole("limit", least=1, most=MOST_OUTPUT) or OUTPUT
        part = Part(limit, given.whole("after"), given.whole("before"), _operation(given))
        return json_answer(data.output(run_in(request), part))

    def raw_output(request: Request) -> Response:
        inside = _operation(asked(request, "of"))
        opened = data.file(run_in(request), ".", f"runs/{inside}/output".encode() if inside else b"output")
        return file_answer(opened, "output.txt", start=0, limit=None, download=True)

    async def search(request: Request) -> Response:
        given = asked(request, "text", "start", "of")
        run, text, start, of = run_in(request), given.text("text"), given.whole("start") or 0, _operation(given)
        return json_answer(await while_awaited(request, lambda gone: data.search(run, Sought(text, start, of, gone))))

    def folder(request: Request) -> Response:
        given = asked(request, "root", "path")
        return json_answer(data.folder(run_in(request), given.one_of("root", *ROOTS), raw_path(given.text("path"))))

    def file(request: Request) -> Response:
        given = asked(request, "root", "path", "start", "limit", "download")
        name = given.text("path")
        opened = data.file(run_in(request), given.one_of("root", *ROOTS), raw_path(name))
        return file_answer(
            opened,
            posixpath.basename(name),
            start=given.whole("start") or 0,
            limit=given.whole("limit"),
            download=given.one_of("download", "no", "yes") == "yes",
        )

    return [
        Route("/api/runs/{run}/output", output),
        Route("/api/runs/{run}/search", search),
        Route("/api/runs/{run}/raw-output", raw_output),
        Route("/api/runs/{run}/folder", folder),
        Route("/api/runs/{run}/file", file),
    ]
