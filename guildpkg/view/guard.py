"""Who may ask: only this server's own pages, under a name that it knows itself by.

A page from elsewhere can make a browser send requests to 127.0.0.1. It cannot read the answers, unless its own name
is made to mean 127.0.0.1: so Host is checked. It could change something: so whatever is no reading needs our Origin
and the token that only our page was told. Answers forbid pages everything that does not come from here.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from guildpkg.lean import dataclass
from guildpkg.view.answers import json_answer

TOKEN: Final = "X-Guild-Token"  # noqa: S105 - the name of a header
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_ICONS: Final = "/static/icons/"
LOCAL: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets through to *app* what may ask.

    Attributes:
        app: What is guarded.
        hosts: Names under which the server is asked.
        token: What a request that changes something has to show.
    """

    app: ASGIApp
    hosts: frozenset[str]
    token: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith(_ICONS):
                    # or they are asked for, and away for a moment, at every change of a page
                    headers["Cache-Control"] = "max-age=600"
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if reason := self._objection(scope["method"], Headers(scope=scope)):
            await json_answer({"error": reason, "hint": ""}, 403)(scope, receive, with_headers)
            return
        await self.app(scope, receive, with_headers)

    def _objection(self, method: str, headers: Headers) -> str:
        if _name(headers.get("host", "")) not in self.hosts:
            return "this server does not go by that name"
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{headers['host']}":
            return "the request comes from another site"
        if method in ("GET", "HEAD"):
            return ""
        if origin is None:
            return "the request does not say where it comes from (Origin)"
        if not hmac.compare_digest(headers.get(TOKEN, "").encode(), self.token.encode()):
            return "the request does not show the token of this server"
        return ""


def known_hosts(extra: Iterable[str]) -> frozenset[str]:
    """Give the names that a server goes by: those of this machine for itself, and *extra*."""
    return frozenset(name.lower() for name in (*LOCAL, *extra))


def _name(host: str) -> str:
    """Take the port off; nothing for what is no host."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
