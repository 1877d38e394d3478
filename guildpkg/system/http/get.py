"""The only gate to the web: one GET with its redirects, its trust and its time limits.

`opened` gives the answer as a stream of raw bytes; what may pass is tried again by its callers (`transfer.retrying`).
Many requests of one server share their connections in a `Pool`.
Every error names the URL without its credentials. Proxies come from the environment, passwords from the URL or
``~/.netrc``, trust from certifi, the system's store, ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``. ``file://`` is read as
if it were served.
"""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from netrc import NetrcParseError
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import unquote_to_bytes, urlsplit

from guildpkg.errors import NetworkError
from guildpkg.lean import dataclass
from guildpkg.system.http.transfer import Missing, Passing, Settings, retry_after, shown

if TYPE_CHECKING:
    import ssl

    import httpx

PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
LEAST: Final = 1024
"""Bytes that must come in each stall time; who sends less has stalled."""
_CHUNK: Final = 1 << 16
_SETUP: Final = "check the proxy and the certificate files"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one GET.

    Attributes:
        status: HTTP status: 200, 206, 304 or 416; all others are errors.
        headers: Names in lower case.
        url: Where it came from in the end, with whatever credentials were in it.
        chunks: The body as it was sent, to be read once.
    """

    status: int
    headers: Mapping[str, str]
    url: str
    chunks: Iterator[bytes]


class Pool:
    """Connections that several requests share, also from several threads; closed with the block that holds it."""

    def __init__(self) -> None:
        self._clients: dict[tuple[bool, bool, Settings], httpx.Client] = {}
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def client(self, settings: Settings, *, secure: bool, verified: bool) -> httpx.Client:
        """Give the client for requests of a kind."""
        with self._turn:
            kind = secure, verified, settings
            if kind not in self._clients:
                self._clients[kind] = _client(settings, secure=secure, verified=verified)
            return self._clients[kind]


@contextlib.contextmanager
def opened(url: str, headers: Mapping[str, str], settings: Settings, *, pool: Pool | None = None) -> Iterator[Answer]:
    """GET a URL once, following redirects; with a *pool*, over a connection of it.

    Raises:
        Passing: No connection, a stall, a broken connection, a status that may change.
        Missing: There is nothing at this URL.
        NetworkError: The server refuses, redirects endlessly or to a less safe place, or cannot be trusted.
    """
    name = shown(url)
    if urlsplit(url).scheme.lower() == "file":
        with _opened_file(url) as answer:
            yield answer
        return
    with _plain_errors(name, settings), contextlib.ExitStack() as stack:
        response = _send(url, headers, settings, stack, pool or stack.enter_context(Pool()))
        _check_status(response, name)
        chunks = _flowing(response.iter_raw(), settings, name)
        yield Answer(response.status_code, dict(response.headers), str(response.url), chunks)


def _send(
    url: str, headers: Mapping[str, str], settings: Settings, stack: contextlib.ExitStack, pool: Pool
) -> httpx.Response:
    target, request = url, None
    for _ in range(settings.redirects + 1):
        parts = urlsplit(target)
        verified = not {parts.hostname, parts.netloc.rpartition("@")[2]} & settings.trusted
        client = pool.client(settings, secure=parts.scheme.lower() == "https", verified=verified)
        request = request or client.build_request("GET", target, headers=headers)
        response = client.send(request, stream=True, follow_redirects=False, auth=_auth(request.url))
        stack.callback(response.close)
        if response.next_request is None:
            return response
        response.close()
        request = response.next_request
        _check_redirect(target, str(request.url))
        target = str(request.url)
    raise NetworkError(f"{shown(url)} redirects more than {settings.redirects} times")


def _check_redirect(origin: str, target: str) -> None:
    before, after = urlsplit(origin).scheme.lower(), urlsplit(target).scheme.lower()
    if after not in ("http", "https") or (before, after) == ("https", "http"):
        raise NetworkError(f"{shown(origin)} redirects to {after}, which is less safe than {before}: refused")


def _client(settings: Settings, *, secure: bool, verified: bool) -> httpx.Client:
    import ssl

    import httpx

    try:
        return httpx.Client(
            verify=_trust(settings, ssl.get_default_verify_paths(), verified=verified) if secure else _trust_nobody(),
            proxy=settings.proxy or None,
            timeout=httpx.Timeout(settings.stall, connect=settings.connect),
            headers={"User-Agent": "guildpkg", "Accept-Encoding": "identity"},
        )
    except (ImportError, ValueError, OSError, httpx.InvalidURL) as error:
        raise NetworkError(f"nothing can be fetched as things are set up: {error}", hint=_SETUP) from error


def _trust_nobody() -> ssl.SSLContext:
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # for requests without TLS: httpx would read all certificates


@functools.lru_cache(maxsize=8)
def _trust(settings: Settings, places: ssl.DefaultVerifyPaths, *, verified: bool) -> ssl.SSLContext:
    """Read the certificates: a tenth of a second, so once for the *places* that the environment names."""
    import ssl

    trust = ssl.create_default_context()  # what SSL_CERT_FILE and SSL_CERT_DIR name, else the system's store
    if places.cafile != places.openssl_cafile and Path(places.openssl_cafile).is_file():
        trust.load_verify_locations(cafile=places.openssl_cafile)
    if verified:
        import certifi

        trust.load_verify_locations(cafile=certifi.where())
    else:
        trust.check_hostname = False
        trust.verify_mode = ssl.CERT_NONE
    if settings.ca_file and Path(settings.ca_file).is_dir():
        trust.load_verify_locations(capath=settings.ca_file)
    elif settings.ca_file:
        trust.load_verify_locations(cafile=settings.ca_file)
    if settings.client_cert:
        trust.load_cert_chain(settings.client_cert)
    return trust


def _auth(url: httpx.URL) -> httpx.Auth | None:
    import httpx

    if url.userinfo:
        return httpx.BasicAuth(url.username, url.password)
    with contextlib.suppress(OSError, NetrcParseError):  # who asks for a password says so by 401
        return httpx.NetRCAuth()
    return None


@contextlib.contextmanager
def _plain_errors(url: str, settings: Settings) -> Iterator[None]:
    import httpx

    try:
        yield
    except httpx.ConnectTimeout as error:
        raise Passing(f"{url} could not be reached within {settings.connect:g} s") from error
    except httpx.TimeoutException as error:
        raise Passing(f"{url} sent nothing for {settings.stall:g} s") from error
    except httpx.ConnectError as error:
        raise _connect_error(url, error) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
        raise NetworkError(f"{url} cannot be asked for: {error}") from error
    except httpx.ProxyError as error:
        if str(error)[:3] in ("403", "407"):
            raise NetworkError(f"the proxy does not let {url} through: {error}", hint="check HTTPS_PROXY") from error
        raise Passing(f"the proxy cannot reach {url}: {error}") from error
    except httpx.TransportError as error:
        raise Passing(f"the connection to {url} broke: {error}") from error


def _connect_error(url: str, error: BaseException) -> NetworkError:
    import ssl

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            hint = "name the certificate that you trust in SSL_CERT_FILE"
            return NetworkError(f"{url} shows a certificate that is not trusted: {cause.verify_message}", hint=hint)
        if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME:
            return NetworkError(f"{url}: no host of that name is known", hint="check the address and the network")
        cause = cause.__cause__ or cause.__context__
    return Passing(f"{url} cannot be reached: {error}")


def _check_status(response: httpx.Response, url: str) -> None:
    status = response.status_code
    said = f"{url} answers {status} {response.reason_phrase}".rstrip()
    if status in PASSING:
        raise Passing(said, after=retry_after(response.headers))
    if status in (404, 410):
        raise Missing(said, hint="check the address")
    if status in (401, 403):
        raise NetworkError(said, hint="if it needs a password, keep it in ~/.netrc, with mode 600")
    if status not in (200, 206, 304, 416):
        raise NetworkError(said)


def _flowing(chunks: Iterator[bytes], settings: Settings, url: str) -> Iterator[bytes]:
    since, seen = time.monotonic(), 0
    for chunk in chunks:
        yield chunk
        seen += len(chunk)
        if (now := time.monotonic()) - since >= settings.stall:
            if seen < LEAST:
                raise Passing(f"{url} sent only {seen} bytes in {now - since:.0f} s")
            since, seen = now, 0


@contextlib.contextmanager
def _opened_file(url: str) -> Iterator[Answer]:
    path = Path(os.fsdecode(unquote_to_bytes(os.fsencode(urlsplit(url).path))))  # which need not be UTF-8
    with contextlib.ExitStack() as stack:
        try:
            about = path.stat()
            if not stat.S_ISREG(about.st_mode):
                raise NetworkError(f"{shown(url)} is not a file")
            file = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise Missing(f"{shown(url)} cannot be read: {error.strerror}", hint="check the path") from error
        yield Answer(200, {"content-length": str(about.st_size)}, url, iter(lambda: file.read(_CHUNK), b""))
