"""Pages that fit into memory: those of a package index, a listing of releases."""

from __future__ import annotations

import zlib

from guildpkg.errors import NetworkError
from guildpkg.lean import dataclass
from guildpkg.system.http.get import opened
from guildpkg.system.http.transfer import Passing, Settings, retrying, shown


@dataclass(frozen=True, slots=True)
class Page:
    """A page that fits into memory; *url* is what its relative links are relative to."""

    body: bytes
    content_type: str
    url: str


def get_page(url: str, *, accept: str = "*/*", limit: int = 64 << 20, settings: Settings | None = None) -> Page:
    """GET a page into memory, trying again what may pass.

    Args:
        url: ``http``, ``https`` or ``file``.
        accept: Media types wanted.
        limit: Most bytes, also after unpacking a compressed answer.
        settings: Patience and trust.

    Raises:
        Missing: There is no such page.
        NetworkError: It cannot be had, or is larger than *limit*.
    """
    how = settings or Settings()
    headers = {"Accept": accept, "Accept-Encoding": "gzip", "Cache-Control": "max-age=0"}

    def once() -> Page:
        with opened(url, headers, how) as answer:
            body = bytearray()
            for chunk in answer.chunks:
                body += chunk
                if len(body) > limit:
                    raise NetworkError(f"{shown(url)} is a page of more than {limit} bytes")
            plain = _decoded(bytes(body), answer.headers.get("content-encoding", ""), limit, shown(url))
            return Page(plain, answer.headers.get("content-type", ""), answer.url)

    return retrying(once, how)


def _decoded(body: bytes, encoding: str, limit: int, url: str) -> bytes:
    if encoding.lower() in ("", "identity"):
        return body
    if encoding.lower() not in ("gzip", "x-gzip"):
        raise NetworkError(f"{url} comes in the encoding {encoding!r}, which was not asked for")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise Passing(f"{url} came damaged: {error}") from error
    if len(plain) > limit or not unpacker.eof:
        raise NetworkError(f"{url} is a page of more than {limit} bytes, or came in part")
    return plain
