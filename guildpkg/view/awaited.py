"""Work that is done in a thread for a request, and only for as long as somebody waits for its answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

T = TypeVar("T")


async def while_awaited(request: Request, work: Callable[[Callable[[], bool]], T]) -> T:
    """Do *work* in a thread.

    Args:
        request: The request.
        work: Is given what says that the client has gone, and asks it now and then.

    Returns:
        What *work* gives.
    """
    gone = threading.Event()
    working = asyncio.create_task(run_in_threadpool(work, gone.is_set))
    leaving = asyncio.create_task(_departure(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        if not working.done():
            gone.set()
    return await working


async def _departure(request: Request) -> None:
    """Wait until the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
