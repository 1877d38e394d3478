"""A real smart-HTTP git server on loopback: ``git http-backend`` behind threads, counted, and faulty on request."""

from __future__ import annotations

import http.server
import io
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

_CHUNK = 1 << 16


@dataclass
class GitServer:
    """What the server serves, how it misbehaves, and what it has seen.

    Attributes:
        root: The folder of the bare repositories; ``ORG/NAME.git`` below it is served at the same path.
        url: ``http://127.0.0.1:PORT``.
        old: Speak protocol version 0 whatever the client offers.
        status: Answer with this status instead of the truth; 0 for the truth.
        faults: How many requests are still to be misbehaved to; None for all of them.
        stall: Seconds to be silent for before the answer.
        cut: Close the connection after so many bytes of a POST's answer; None for never.
        pace: Seconds to sleep after each 64 KiB of an answer.
        plain: Serve files as they lie on disk, without git.
        requests: Method and path of every request so far, oldest first.
        received: Bytes that came in, headers included.
        sent: Bytes that went out, headers included.
    """

    root: Path
    url: str = ""
    old: bool = False
    status: int = 0
    faults: int | None = None
    stall: float = 0.0
    cut: int | None = None
    pace: float = 0.0
    plain: bool = False
    requests: list[tuple[str, str]] = field(default_factory=list)
    received: int = 0
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def traffic(self) -> int:
        """Bytes in both directions."""
        return self.received + self.sent

    def forget(self) -> None:
        """Count from nothing again."""
        self.requests.clear()
        self.received = self.sent = 0

    def behave(self) -> None:
        """Leave off every fault."""
        self.old, self.status, self.faults, self.stall, self.cut = False, 0, None, 0.0, None
        self.pace, self.plain = 0.0, False

    def fault(self) -> bool:
        """Tell whether the request at hand is to be misbehaved to."""
        with self.lock:
            if self.faults is not None:
                self.faults -= 1
                return self.faults >= 0
            return True


class _Counted:
    """A stream of the connection that counts what passes."""

    def __init__(self, stream: IO[bytes], server: GitServer) -> None:
        self._stream = stream
        self._server = server

    def readline(self, limit: int = -1) -> bytes:
        return self._in(self._stream.readline(limit))

    def read(self, size: int) -> bytes:
        return self._in(self._stream.read(size))

    def _in(self, data: bytes) -> bytes:
        with self._server.lock:
            self._server.received += len(data)
        return data

    def write(self, data: bytes) -> int:
        with self._server.lock:
            self._server.sent += len(data)
        return self._stream.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    state: GitServer

    def setup(self) -> None:
        super().setup()
        self.rfile: Any = _Counted(self.rfile, self.state)
        self.wfile: Any = _Counted(self.wfile, self.state)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        state = self.state
        state.requests.append((self.command, self.path))
        body = self._body()
        faulty = (state.status or state.stall) and state.fault()
        if faulty and state.stall:
            time.sleep(state.stall)
        if faulty and state.status:
            self._whole(state.status, b"")
            return
        if state.plain:
            file = state.root / self.path.partition("?")[0].lstrip("/")
            self._whole(200 if file.is_file() else 404, file.read_bytes() if file.is_file() else b"")
            return
        self._run(body, state.cut if self.command == "POST" else None)

    def _whole(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="nobody"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            pieces = []
            while size := int(self.rfile.readline(100).split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline(10)
            self.rfile.readline(10)
            return b"".join(pieces)
        return bytes(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _run(self, body: bytes, cut: int | None) -> None:
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.state.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": "" if self.state.old else self.headers.get("Git-Protocol", ""),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        command = ["git", "http-backend"]
        with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, env=environment) as backend:
            assert backend.stdin
            assert backend.stdout
            threading.Thread(target=_feed, args=(backend.stdin, body)).start()
            try:
                self._head(backend.stdout)
                self._chunks(backend.stdout, cut)
            except OSError:
                self.close_connection = True
            finally:
                backend.kill()

    def _head(self, answer: IO[bytes]) -> None:
        status, headers = 200, []
        while (line := answer.readline().strip()) != b"":
            name, _, value = line.decode().partition(": ")
            if name.lower() == "status":
                status = int(value.split()[0])
            else:
                headers.append((name, value))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunks(self, answer: IO[bytes], cut: int | None) -> None:
        while chunk := cast("io.BufferedReader", answer).read1(_CHUNK):
            if cut is not None and len(chunk) >= cut and self.state.fault():
                self.wfile.write(b"%x\r\n%s" % (len(chunk), chunk[:cut]))
                self.close_connection = True
                return
            cut = max(0, cut - len(chunk)) if cut is not None else None
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            time.sleep(self.state.pace)
        self.wfile.write(b"0\r\n\r\n")


def _feed(pipe: IO[bytes], body: bytes) -> None:
    try:
        with pipe:
            pipe.write(body)
    except BrokenPipeError:
        pass


@contextmanager
def serving(root: Path) -> Iterator[GitServer]:
    """Serve the bare repositories below *root* until the block ends."""
    assert shutil.which("git")
    state = GitServer(root)
    handler = type("Handler", (_Handler,), {"state": state})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
