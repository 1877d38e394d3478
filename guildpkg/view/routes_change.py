"""The addresses that change a run, and the one that tells of changes."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from guildpkg.core.view_data import ViewData
from guildpkg.errors import UsageFault
from guildpkg.view.answers import json_answer
from guildpkg.view.asked import asked, body_of, run_id, run_in
from guildpkg.view.feed import Feed

MOST_WATCHED = 100
VERBS = ("label", "tag", "stop", "delete", "restore")


def changing(data: ViewData, feed: Feed) -> list[Route]:
    """Make the routes.

    Args:
        data: What is shown.
        feed: Tells of changes.
    """

    def act(verb: str) -> Route:
        async def change(request: Request) -> Response:
            asked(request)
            given = await body_of(request)
            return json_answer(await run_in_threadpool(data.act, verb, run_in(request), given))

        return Route(f"/api/runs/{{run}}/{verb}", change, methods=["POST"])

    async def events(request: Request) -> Response:
        # loaded when somebody listens, so that the first answers come sooner
        from sse_starlette import EventSourceResponse

        runs = dict.fromkeys(run_id(run) for run in asked(request, "run").words("run"))
        if len(runs) > MOST_WATCHED:
            raise UsageFault(f"at most {MOST_WATCHED} runs can be watched at once")
        return EventSourceResponse(feed.changes(list(runs)), ping=15)

    return [*(act(verb) for verb in VERBS), Route("/api/events", events)]
