"""Where to listen: taking the port, before any web server is loaded, and what to say when it cannot be had."""

from __future__ import annotations

import errno
import os
import socket
from typing import Final

from guildpkg.errors import GuildError
from guildpkg.lean import dataclass

ANYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - what the user may have asked for


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
    if not place.host:  # which would be anywhere, and comes of a variable that is not set
        raise GuildError(
            "the host to listen on is empty", hint="--host 0.0.0.0 listens on every address of this machine"
        )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
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
    host = "localhost" if place.host in (*ANYWHERE, "127.0.0.1") else place.host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
