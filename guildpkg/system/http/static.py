"""A folder behind a small web server on this machine, for trying out: nothing is listed, nothing hidden is given."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from guildpkg.core.events import Detail, Reporter
from guildpkg.errors import GuildError


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    extensions_map = {"": "application/octet-stream", ".json": "application/json"}  # noqa: RUF012 - as its parent has it
    report: Reporter

    def send_head(self) -> Any:
        path = Path(self.translate_path(self.path))
        inside = path.resolve().is_relative_to(Path(self.directory).resolve())
        if not inside or not path.is_file() or any(part.startswith(".") for part in self.path.split("/")):
            self.send_error(404)
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:  # noqa: ARG002 - as its parent has it
        self.send_error(404)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in its parent
        self.report(Detail(format % args))


@contextlib.contextmanager
def serving(folder: Path, port: int, report: Reporter) -> Iterator[ThreadingHTTPServer]:
    """Serve a folder on the loopback interface; `serve_forever` of what is given does it.

    Args:
        folder: The folder.
        port: Where; 0 for any that is free.
        report: Told of each request, from other threads.

    Raises:
        GuildError: The port is taken.
    """

    class Handler(_Handler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

    Handler.report = staticmethod(report)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        hint = "--port names another, --port 0 takes any that is free"
        raise GuildError(f"port {port} cannot be used: {error.strerror}", hint=hint) from error
    with server:
        yield server
