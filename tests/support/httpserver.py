"""A real web server on loopback whose answers can be bad in every way that a download has to survive."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as it came. Header names are in lower case."""

    path: str
    headers: Mapping[str, str]

    @property
    def range(self) -> str:
        return self.headers.get("range", "")


@dataclass
class File:
    """What stands at a path; *moods* are how the first requests are answered, one each, then all is well."""

    body: bytes
    etag: str = '"one"'
    media: str = "application/octet-stream"
    moods: list[Mood] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """Answers by the mood of the day."""

    protocol_version = "HTTP/1.1"
    world: Server
    timeout = 20

    def do_GET(self) -> None:
        asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()})
        with self.world.lock:
            self.world.asked.append(asked)
            file = self.world.files.get(self.path)
            mood = file.moods.pop(0) if file and file.moods else good
        if file is None:
            self.reply(404, b"nothing here")
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            mood(self, file, asked)

    def reply(self, status: int, body: bytes, headers: Mapping[str, str] = {}, *, length: int | None = None) -> None:
        self.head(status, {"Content-Length": str(len(body) if length is None else length), **headers})
        self.wfile.write(body)

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


Mood = Callable[[Handler, File, Asked], None]


def good(to: Handler, file: File, asked: Asked) -> None:
    """Serve the file, the rest of it, or word that it has not changed."""
    headers = {"Content-Type": file.media, **({"ETag": file.etag} if file.etag else {})}
    if file.etag and asked.headers.get("if-none-match") == file.etag:
        to.head(304, headers)
        return
    wanted = re.fullmatch(r"bytes=(\d+)-", asked.range)
    if not wanted or asked.headers.get("if-range", file.etag) != file.etag:
        to.reply(200, file.body, headers)
    elif int(wanted[1]) >= len(file.body):
        to.reply(416, b"", {"Content-Range": f"bytes */{len(file.body)}"})
    else:
        start = int(wanted[1])
        span = f"bytes {start}-{len(file.body) - 1}/{len(file.body)}"
        to.reply(206, file.body[start:], {**headers, "Content-Range": span})


def ignores_ranges(to: Handler, file: File, asked: Asked) -> None:
    """Send the whole file whatever was asked."""
    to.reply(200, file.body, {"ETag": file.etag})


def breaks_after(count: int, *, stall: float = 0.0) -> Mood:
    """Send *count* bytes more than what was asked to skip, then wait for *stall* seconds and close."""

    def mood(to: Handler, file: File, asked: Asked) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-", asked.range)
        start = int(wanted[1]) if wanted and asked.headers.get("if-range", file.etag) == file.etag else 0
        rest = file.body[start:]
        headers = {"ETag": file.etag} if file.etag else {}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(file.body) - 1}/{len(file.body)}"
        to.reply(206 if start else 200, rest[:count], headers, length=len(rest))
        to.wfile.flush()
        to.world.gone.wait(stall)
        to.close_connection = True

    return mood


def claims(length: int) -> Mood:
    """Send the file under another length than it has."""

    def mood(to: Handler, file: File, asked: Asked) -> None:
        to.reply(200, file.body, length=length)
        to.close_connection = True

    return mood


def says(status: int, **headers: str) -> Mood:
    """Answer with a status and nothing else; ``Retry_After`` stands for ``Retry-After``."""
    return lambda to, file, asked: to.reply(status, b"", {k.replace("_", "-"): v for k, v in headers.items()})


def unframed(count: int | None = None) -> Mood:
    """Send the file (or its start) without any word on its length; the end is where the connection ends."""

    def mood(to: Handler, file: File, asked: Asked) -> None:
        to.head(200, {"Connection": "close", "ETag": file.etag})
        to.wfile.write(file.body[:count])
        to.close_connection = True

    return mood


def chunked(*pieces: bytes, end: bool = True) -> Mood:
    """Send pieces as chunks; without the last, empty one when *end* is false."""

    def mood(to: Handler, file: File, asked: Asked) -> None:
        to.head(200, {"Transfer-Encoding": "chunked"})
        for piece in pieces:
            to.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        to.wfile.write(b"0\r\n\r\n" if end else b"")
        to.close_connection = True

    return mood


def endless(to: Handler, file: File, asked: Asked) -> None:
    """Send chunks until nobody listens."""
    to.head(200, {"Transfer-Encoding": "chunked"})
    while not to.world.gone.is_set():
        to.wfile.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")


def slowly(to: Handler, file: File, asked: Asked) -> None:
    """Send the file a byte at a time, twenty each second."""
    to.head(200, {"Content-Length": str(len(file.body))})
    for byte in file.body:
        if to.world.gone.is_set():
            break
        to.wfile.write(bytes([byte]))
        time.sleep(0.05)


class Listener(ThreadingHTTPServer):
    """One thread per connection; a client that hangs up is nothing to talk about."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Server:
    """The running server: put files, read what was asked."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        self.gone = threading.Event()
        handler = type("BoundHandler", (Handler,), {"world": self})
        self.http = Listener(("127.0.0.1", 0), handler)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def put(
        self, path: str, body: bytes | str, *moods: Mood, etag: str = '"one"', media: str = "application/octet-stream"
    ) -> str:
        """Serve *body* at a path and return its URL."""
        data = body.encode() if isinstance(body, str) else body
        self.files[path] = File(data, etag, media, list(moods))
        return self.root + path

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(asked.path == path for asked in self.asked)


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """Run a server on a free port of loopback while the block runs."""
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.gone.set()
        server.http.shutdown()
        server.http.server_close()
        thread.join()
