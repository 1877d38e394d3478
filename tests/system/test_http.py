"""One request: its redirects, its errors, its patience, its trust."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from guildpkg.core.events import Event, Warn
from guildpkg.errors import NetworkError, SourceError
from guildpkg.system.http.pages import get_page
from guildpkg.system.http.transfer import Missing, Passing, Settings, retrying, shown
from tests.support import httpserver
from tests.support.httpserver import Server, says

QUICK = Settings(connect=2.0, stall=0.4, attempts=3, backoff=0.01, patience=1.0)


@pytest.fixture
def server() -> Iterator[Server]:
    with httpserver.serving() as running:
        yield running


def test_a_page_comes_with_its_type_and_final_address(server: Server) -> None:
    server.put("/new", "hello", media="text/plain")
    url = server.put("/old", "", says(302, Location="/new"))
    page = get_page(url, settings=QUICK)
    assert (page.body, page.content_type, page.url) == (b"hello", "text/plain", server.root + "/new")


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(server: Server, status: int) -> None:
    url = server.put("/page", "at last", says(status), says(status))
    assert get_page(url, settings=QUICK).body == b"at last"
    assert server.times("/page") == 3


@pytest.mark.parametrize("status", [400, 401, 403, 451, 501])
def test_a_refusal_is_not_tried_again(server: Server, status: int) -> None:
    url = server.put("/page", "", says(status))
    with pytest.raises(NetworkError, match=f"answers {status}"):
        get_page(url, settings=QUICK)
    assert server.times("/page") == 1


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_told_apart(server: Server, status: int) -> None:
    with pytest.raises(Missing, match=str(status)):
        get_page(server.put("/page", "", says(status)), settings=QUICK)


def test_it_gives_up_after_as_many_tries_as_allowed(server: Server) -> None:
    url = server.put("/page", "", *[says(503)] * 9)
    with pytest.raises(NetworkError, match=r"answers 503 .*tried 3 times") as caught:
        get_page(url, settings=QUICK)
    assert caught.value.hint
    assert server.times("/page") == 3


def test_the_wait_that_a_server_asks_for_is_kept(server: Server) -> None:
    url = server.put("/page", "ok", says(429, Retry_After="1"))
    begin = time.monotonic()
    assert get_page(url, settings=QUICK).body == b"ok"
    assert time.monotonic() - begin >= 1.0


def test_a_date_to_wait_for_counts_from_the_servers_own_clock(server: Server) -> None:
    dates = {"Date": "Wed, 21 Oct 2015 07:28:00 GMT", "Retry_After": "Wed, 21 Oct 2015 07:38:00 GMT"}
    with pytest.raises(NetworkError, match="asks to wait 600 s"):
        get_page(server.put("/page", "", says(503, **dates)), settings=QUICK)


def test_redirects_end_somewhere(server: Server) -> None:
    url = server.put("/loop", "", *[says(302, Location="/loop")] * 99)
    with pytest.raises(NetworkError, match="redirects more than 10 times"):
        get_page(url, settings=QUICK)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"])
def test_redirects_stay_on_the_web(server: Server, target: str) -> None:
    with pytest.raises(NetworkError, match="less safe"):
        get_page(server.put("/page", "", says(301, Location=target)), settings=QUICK)


def test_a_server_that_sends_nothing_is_a_stall(server: Server) -> None:
    url = server.put("/page", "x" * 100, *[httpserver.breaks_after(0, stall=30)] * 3)
    with pytest.raises(NetworkError, match=r"sent nothing for 0.4 s \(tried 3 times\)"):
        get_page(url, settings=QUICK)


def test_a_server_that_drips_is_a_stall_too(server: Server) -> None:
    url = server.put("/page", "x" * 100, *[httpserver.slowly] * 3)
    with pytest.raises(NetworkError, match="sent only"):
        get_page(url, settings=QUICK)


def test_a_page_without_end_is_cut_off(server: Server) -> None:
    with pytest.raises(NetworkError, match="more than 1000000 bytes"):
        get_page(server.put("/page", "", httpserver.endless), limit=1_000_000, settings=QUICK)


def test_a_compressed_page_is_unpacked_within_the_limit(server: Server) -> None:
    def packed(to: httpserver.Handler, file: httpserver.File, asked: httpserver.Asked) -> None:
        to.reply(200, gzip.compress(file.body), {"Content-Encoding": "gzip"})

    assert get_page(server.put("/page", b"a" * 999, packed), limit=1000, settings=QUICK).body == b"a" * 999
    with pytest.raises(NetworkError, match="more than 1000 bytes"):
        get_page(server.put("/bomb", bytes(1 << 20), packed), limit=1000, settings=QUICK)


def test_an_encoding_that_nobody_asked_for_is_refused(server: Server) -> None:
    url = server.put("/page", "", says(200, Content_Encoding="zstd"))
    with pytest.raises(NetworkError, match="'zstd'"):
        get_page(url, settings=QUICK)


def test_nobody_listening_is_an_error_with_a_hint() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NetworkError, match=r"cannot be reached.*tried 3 times") as caught:
            get_page(f"http://127.0.0.1:{taken.getsockname()[1]}/", settings=QUICK)
    assert "network" in caught.value.hint


@pytest.mark.parametrize(
    "answer", [b"", b"not http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"\0" * 200_000]
)
def test_what_is_not_http_is_an_error(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(4096)
                        connection.sendall(answer)

        threading.Thread(target=talk, daemon=True).start()
        with pytest.raises(NetworkError, match="broke"):
            get_page(f"http://127.0.0.1:{listener.getsockname()[1]}/", settings=QUICK)
        listener.shutdown(socket.SHUT_RDWR)


def test_files_are_read_as_if_served(tmp_path: Path) -> None:
    (tmp_path / "a page").write_text("here")
    assert get_page(f"file://{tmp_path}/a%20page", settings=QUICK).body == b"here"
    with pytest.raises(Missing, match="cannot be read"):
        get_page(f"file://{tmp_path}/other", settings=QUICK)
    with pytest.raises(NetworkError, match="is not a file"):
        get_page(f"file://{tmp_path}", settings=QUICK)


@pytest.mark.parametrize("url", ["ssh://127.0.0.1/x", "http://", "http://127.0.0.1:99999/", "http://[::1", "nonsense"])
def test_a_url_that_cannot_be_asked_for_is_no_traceback(url: str) -> None:
    with pytest.raises(SourceError):
        get_page(url, settings=QUICK)


@pytest.mark.parametrize("given", ["http://me:secret@host:8/a?b=c#d", "http://secret@host:8/a?b=c"])
def test_credentials_are_not_shown(given: str) -> None:
    assert shown(given) == "http://host:8/a?b=c"


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        (
            "http://h/a?X-Amz-Credential=AK%2F1&X-Amz-Signature=ab12&X-Amz-Expires=9",
            "...&X-Amz-Signature=...&X-Amz-Expires=9",
        ),
        ("http://h/a?sv=1&sig=ab%3D&se=2", "?sv=1&sig=...&se=2"),
        ("http://h/a?download=1&access_token=ab;cd=1", "?download=1&access_token=...;cd=1"),
        ("http://h/a?design=wide", "?design=wide"),
    ],
)
def test_the_secrets_of_a_signed_url_are_not_shown(given: str, safe: str) -> None:
    assert shown(given).endswith(safe)


def test_credentials_in_the_url_go_to_that_host_only(server: Server) -> None:
    with httpserver.serving() as other:
        there = other.put("/there", "ok").replace("127.0.0.1", "localhost")
        url = server.put("/here", "", says(307, Location=there)).replace("//", "//me:secret@")
        assert get_page(url, settings=QUICK).body == b"ok"
        assert server.asked[0].headers["authorization"].startswith("Basic ")
        assert "authorization" not in other.asked[0].headers


def test_netrc_gives_the_password(server: Server, no_real_home: Path) -> None:
    netrc = no_real_home / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    get_page(server.put("/page", "ok"), settings=QUICK)
    assert server.asked[0].headers["authorization"] == "Basic bWU6c2VjcmV0"


def test_a_netrc_that_cannot_be_used_counts_as_none(server: Server, no_real_home: Path) -> None:
    (no_real_home / ".netrc").write_text("machine machine machine\n")
    assert get_page(server.put("/page", "ok"), settings=QUICK).body == b"ok"
    with pytest.raises(NetworkError, match="401") as caught:
        get_page(server.put("/page", "", says(401)), settings=QUICK)
    assert ".netrc, with mode 600" in caught.value.hint


def test_errors_do_not_show_the_password(server: Server) -> None:
    url = server.put("/page", "", says(403)).replace("//", "//me:secret@")
    with pytest.raises(NetworkError) as caught:
        get_page(url, settings=QUICK)
    assert "secret" not in str(caught.value) + caught.value.hint


def test_a_proxy_of_the_environment_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.root)
    monkeypatch.setenv("NO_PROXY", "")
    server.put("http://upstream.invalid/page", "through the proxy")
    assert get_page("http://upstream.invalid/page", settings=QUICK).body == b"through the proxy"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "nonsense://x", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_an_error(proxy: str) -> None:
    with pytest.raises(SourceError):
        get_page("http://127.0.0.1:9/", settings=Settings(proxy=proxy, attempts=1))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed, with its key."""
    both = tmp_path / "both.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*command.split(), "-keyout", both, "-out", tmp_path / "c.pem"], check=True, capture_output=True)
    both.write_bytes(both.read_bytes() + (tmp_path / "c.pem").read_bytes())
    return both


@pytest.fixture
def secure(server: Server, certificate: Path) -> str:
    """Make the server talk TLS; its root."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    http: ThreadingHTTPServer = server.http
    http.socket = context.wrap_socket(http.socket, server_side=True)
    return server.root.replace("http:", "https:")


def test_an_unknown_certificate_is_refused_at_once(server: Server, secure: str) -> None:
    server.put("/page", "ok")
    with pytest.raises(NetworkError, match="not trusted") as caught:
        get_page(secure + "/page", settings=QUICK)
    assert "SSL_CERT_FILE" in caught.value.hint


@pytest.mark.parametrize("way", ["SSL_CERT_FILE", "setting", "trusted host", "trusted host and port"])
def test_a_certificate_can_be_trusted(
    server: Server, secure: str, certificate: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    how = {
        "setting": Settings(ca_file=str(certificate)),
        "trusted host": Settings(trusted=frozenset({"127.0.0.1"})),
        "trusted host and port": Settings(trusted=frozenset({secure.removeprefix("https://")})),
    }
    if way == "SSL_CERT_FILE":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server.put("/page", "ok")
    assert get_page(secure + "/page", settings=how.get(way, QUICK)).body == b"ok"


def test_a_redirect_from_tls_to_plain_http_is_refused(server: Server, secure: str, certificate: Path) -> None:
    server.put("/page", "", says(302, Location="http://127.0.0.1:9/"))
    with pytest.raises(NetworkError, match="redirects to http, which is less safe than https"):
        get_page(secure + "/page", settings=Settings(ca_file=str(certificate)))


def test_tries_that_make_progress_do_not_count() -> None:
    reached = [0]

    def work() -> str:
        reached[0] += 1 << 20
        if reached[0] < 20 << 20:
            raise Passing("again")
        return "done"

    events: list[Event] = []
    assert retrying(work, Settings(attempts=2, backoff=0), progress=lambda: reached[0], report=events.append) == "done"
    assert len(events) == 19
    assert all(isinstance(event, Warn) for event in events)
