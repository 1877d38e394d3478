"""Answer requests until somebody asks to stop; then be gone within two seconds, also with pages open."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn
from starlette.applications import Starlette

from guildpkg.core.events import Reporter, silent
from guildpkg.core.view_data import ViewData
from guildpkg.view.app import make_app
from guildpkg.view.feed import Feed
from guildpkg.view.guard import known_hosts
from guildpkg.view.listen import ANYWHERE, Place

_PATIENCE: Final = 1
"""Seconds that answers under way have when the server ends."""
_DEADLINE: Final = 1.5
"""Seconds after which the process ends although something is still at work in it, which cannot be interrupted."""


def serve(
    data: ViewData,
    listener: socket.socket,
    place: Place,
    *,
    interval: float,
    ready: Callable[[], None],
    report: Reporter = silent,
) -> None:
    """Answer requests until SIGINT, SIGTERM or SIGHUP.

    Args:
        data: What is shown.
        listener: Where requests come in; it is closed in the end.
        place: What it was made of.
        interval: Seconds between two looks for changes.
        ready: Called when requests are answered.
        report: Told of what fails through a fault of ours.
    """
    hosts = _own_names() if place.host in ANYWHERE else (place.host,)

    async def answer() -> None:
        feed = Feed(data, interval, report=report)
        app = make_app(data, feed, known_hosts(hosts), secrets.token_urlsafe(24), report)
        await _Server(_config(app), feed, ready).serve([listener])

    asyncio.run(answer())


def _own_names() -> tuple[str, ...]:
    """Give the names that others know this machine by, when it is asked to listen to all."""
    name = socket.gethostname()
    try:
        found = socket.getaddrinfo(name, None)
    except OSError:
        found = []
    return (name, socket.getfqdn(), *(str(row[4][0]) for row in found))


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=_PATIENCE,
    )


class _Server(uvicorn.Server):
    """A server that ends its streams when it is told to end, and says when it is ready."""

    def __init__(self, config: uvicorn.Config, feed: Feed, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._feed = feed
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        self._loop = asyncio.get_running_loop()
        if threading.current_thread() is threading.main_thread():
            self._loop.add_signal_handler(signal.SIGHUP, self.handle_exit, signal.SIGHUP, None)
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as its base has it
        """Take a signal: the first ends the streams and the server, the second does not wait for anything."""
        # the base would raise the signal again at the end; this is how the user stops it, and no failure
        self.force_exit = self.should_exit and sig == signal.SIGINT
        if not self.should_exit:
            _end_in(_DEADLINE)
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._feed.closing.set)


def _end_in(seconds: float) -> None:
    """End the process, if it has not ended by then: threads that read a large file would keep it, also at its exit."""
    timer = threading.Timer(seconds, _end)
    timer.daemon = True
    timer.start()


def _end() -> None:
    for stream in (sys.stdout, sys.stderr):
        # whoever read it may be gone
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)
