"""Readers of indexes that lie behind a URL (`core.ports.IndexReader`): a web server, a bucket, a folder."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
from dataclasses import field
from pathlib import Path
from urllib.parse import quote

from guildpkg.core.events import Reporter, silent
from guildpkg.index.layout import TIMESTAMP
from guildpkg.lean import dataclass
from guildpkg.system.disk import write_atomically
from guildpkg.system.http.get import Pool, opened
from guildpkg.system.http.part import Version
from guildpkg.system.http.transfer import Settings, retrying


@dataclass(frozen=True, slots=True)
class UrlReader:
    """Reads over HTTP(S) or ``file://``.

    Attributes:
        base: URL of the index.
        memory: A file in which to remember the last timestamp, so that an unchanged index answers in a few bytes.
        settings: Patience and trust.
        report: Hears of what is tried again.
        pool: Connections to share; None to make one for each file.
    """

    base: str
    memory: Path | None = None
    settings: Settings = field(default_factory=Settings)
    report: Reporter = silent
    pool: Pool | None = None

    def url(self, path: str) -> str:
        """Give the URL of a file."""
        return f"{self.base.rstrip('/')}/{quote(path)}"

    def read(self, path: str, most: int) -> bytes:
        """Give the content of a file; see `core.ports.IndexReader`."""
        known, body = self._recall() if path == TIMESTAMP else (Version(), b"")
        headers = {"If-None-Match": known.etag} if known.etag else {}

        def once() -> bytes:
            with opened(self.url(path), headers, self.settings, pool=self.pool) as answer:
                if answer.status == 304 and headers:
                    return body
                whole = bytearray()
                for chunk in answer.chunks:
                    whole += chunk
                    if len(whole) > most:
                        break
                found = bytes(whole)
                if path == TIMESTAMP and len(found) <= most:
                    self._remember(answer.headers.get("etag", ""), found)
                return found

        return retrying(once, self.settings, report=self.report)

    def _recall(self) -> tuple[Version, bytes]:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, binascii.Error):
            if self.memory is not None:
                note = json.loads(self.memory.read_bytes())
                if note["url"] == self.url(TIMESTAMP):
                    return Version(str(note["etag"]), ""), base64.b64decode(note["body"], validate=True)
        return Version(), b""

    def _remember(self, etag: str, body: bytes) -> None:
        if self.memory is not None and etag.isprintable() and etag:
            note = {"url": self.url(TIMESTAMP), "etag": etag, "body": base64.b64encode(body).decode()}
            write_atomically(self.memory, json.dumps(note).encode())
