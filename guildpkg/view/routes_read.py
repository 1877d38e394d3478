"""The addresses that only read: runs, one run, its series, comparisons."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from guildpkg.core.view_data import Span, ViewData
from guildpkg.errors import UsageFault
from guildpkg.view.answers import json_answer
from guildpkg.view.asked import asked, run_in

POINTS = 1000
MOST_POINTS = 20_000
MOST_RUNS = 200


def reading(data: ViewData, token: str) -> list[Route]:
    """Make the routes.

    Args:
        data: What is shown.
        token: What our page shows when it changes something.
    """

    def config(request: Request) -> Response:
        asked(request)
        return json_answer({**data.config(), "token": token})

    def runs(request: Request) -> Response:
        given = asked(request, "filter", "deleted")
        trashed = given.one_of("deleted", "no", "yes") == "yes"
        return json_answer({"runs": data.runs(given.text("filter"), trashed=trashed)})

    def run(request: Request) -> Response:
        asked(request)
        return json_answer(data.run(run_in(request)))

    def fields(request: Request) -> Response:
        asked(request)
        return json_answer(data.panels(run_in(request)))

    def charts(request: Request) -> Response:
        asked(request)
        return json_answer(data.charts(run_in(request)))

    def series(request: Request) -> Response:
        given = asked(request, "key", "points", "axis", "start", "end")
        span = Span(
            given.whole("points", least=2, most=MOST_POINTS) or POINTS,
            given.one_of("axis", "step", "time"),
            given.whole("start", least=-(2**63)),
            given.whole("end", least=-(2**63)),
        )
        return json_answer({"lines": data.lines(run_in(request), given.words("key"), span)})

    return [
        Route("/api/config", config),
        Route("/api/runs", runs),
        Route("/api/runs/{run}", run),
        Route("/api/runs/{run}/fields", fields),
        Route("/api/runs/{run}/charts", charts),
        Route("/api/runs/{run}/series", series),
        *_comparing(data),
    ]


def _comparing(data: ViewData) -> list[Route]:
    """Make the routes that put runs side by side."""

    def compare(request: Request) -> Response:
        chosen = asked(request, "runs").runs("runs")
        if not 0 < len(chosen) <= MOST_RUNS:
            raise UsageFault(f"runs names 1 to {MOST_RUNS} runs, separated by commas")
        return json_answer(data.compare(chosen))

    def diff(request: Request) -> Response:
        chosen = asked(request, "runs").runs("runs")
        if len(chosen) != 2:
            raise UsageFault("runs names two runs, separated by a comma")
        return json_answer(data.differences(*chosen))

    return [Route("/api/compare", compare), Route("/api/diff", diff)]
