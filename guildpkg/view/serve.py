"""Listen until somebody asks to stop; then be gone within two seconds, also with pages open."""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn
from starlette.applications import Starlette

from guildpkg.core.events import Reporter, silent
from guildpkg.core.view_data import ViewData
from guildpkg.errors import GuildError
from guildpkg.lean import dataclass
from guildpkg.view.app import make_app
from guildpkg.view.feed import Feed
from guildpkg.view.guard import known_hosts

_PATIENCE: Final = 1
"""Seconds that answers under way have when the server ends."""
_ANYWHERE: Final = ("0.0.0.0", "::", "")  # noqa: S104 - what the user may have asked for


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen: name or address of a host, and a port; 0 for one that is free."""

    host: str = "127.0.0.1"
    port: int = 6333


def listen(place: Place) -> socket.socket:
    """Take the port.

    Raises:
        GuildError: It is taken, is not ours to take, or the host is not this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            place.host or None, place.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise GuildError(f"there is no host {place.host}", hint="--host takes a name or address of this machine") from (
            error
        )
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise _refused(place, error) from error
    return listener


def _refused(place: Place, error: OSError) -> GuildError:
    if error.errno == errno.EADDRINUSE:
        return GuildError(
            f"port {place.port} is being used by another application",
            hint="try `guild view --port PORT` with a different port; --port 0 takes one that is free",
        )
    if error.errno == errno.EACCES:
        return GuildError(f"port {place.port} may not be used", hint="ports below 1024 belong to the system")
    return GuildError(f"cannot listen on {place.host} port {place.port}: {error.strerror}")


def url_of(listener: socket.socket, place: Place) -> str:
    """Give the address for a browser on this machine."""
    port = listener.getsockname()[1]
    host = "localhost" if place.host in (*_ANYWHERE, "127.0.0.1") else place.host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


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
    hosts = _own_names() if place.host in _ANYWHERE else (place.host,)

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
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._feed.closing.set)
