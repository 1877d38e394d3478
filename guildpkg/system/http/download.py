"""A URL into a file: resumed, bounded, hashed while it streams, and believed only at the end.

The bytes go to a ``.part`` file that the caller renames once `download` has returned. After an error that may pass,
or a kill, the part is kept and the next call asks for the rest; a part that turns out wrong is removed and fetched
once more from its start. A body counts as whole when it has the length that HTTP announces, the size wanted and the
SHA-256 wanted. One writer at a time: the caller holds a lock.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from pathlib import Path
from typing import Final, NoReturn

from guildpkg.core.digests import Sha256
from guildpkg.core.events import Detail, Progress, Reporter, silent
from guildpkg.core.sources import Limits
from guildpkg.errors import DiskFull, IntegrityError, SourceError
from guildpkg.lean import dataclass
from guildpkg.system.http.get import Answer, opened
from guildpkg.system.http.part import Part, Version
from guildpkg.system.http.transfer import Passing, Settings, retrying, shown

_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_REPLACED: Final = "the file was replaced upstream, or the server does not send what it should"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to download.

    Attributes:
        url: ``http``, ``https`` or ``file``.
        sha256: What it must hash to, or None.
        size: How many bytes it must have, or None.
        limit: Most bytes.
        known: A version of it that is here already: when it is still the newest, nothing is downloaded.
    """

    url: str
    sha256: Sha256 | None = None
    size: int | None = None
    limit: int = Limits().download
    known: Version | None = None


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What came. *resumed* counts the bytes that were there from an earlier call."""

    sha256: Sha256
    size: int
    version: Version
    resumed: int


def download(
    wanted: Wanted, part: Path, *, settings: Settings | None = None, report: Reporter = silent
) -> Downloaded | None:
    """Bring a URL into the file *part*.

    Args:
        wanted: What, and what it must be.
        part: Where; its folder exists. What an earlier call left there is continued.
        settings: Patience and trust.
        report: Hears `Progress` in bytes, of one task that is named like the URL.

    Returns:
        What came, or None when *wanted.known* is still the newest version.

    Raises:
        NetworkError: It cannot be had; what came so far stays in *part*.
        IntegrityError: It has another size or SHA-256 than wanted; *part* is gone.
        SourceError: It does not exist, or is larger than the limit.
        DiskFull: There is no room for it; what came so far stays in *part*.
    """
    return _Transfer(wanted, Part(part, wanted.url), settings or Settings(), report).run()


class _Transfer:
    """One download on its way: the state that the tries share."""

    def __init__(self, wanted: Wanted, part: Part, settings: Settings, report: Reporter) -> None:
        self.wanted = wanted
        self.part = part
        self.settings = settings
        self.report = report
        self.url = shown(wanted.url)
        self.total = wanted.size
        self.told = 0.0

    def run(self) -> Downloaded | None:
        """Try until all of it is there and right, or cannot be."""
        self.part.take_over(unnamed=self.wanted.sha256 is not None)
        resumed = self.part.size
        try:
            came = self._insist()
            if came and self.part.joined and self._problem():
                self.report(Detail(f"the parts of {self.url} that came do not fit together; fetching it anew"))
                self.part.discard()
                resumed, came = 0, self._insist()
            if came and (problem := self._problem()):
                self._refuse(IntegrityError(f"{self.url}: {problem}", hint=_REPLACED, found=self.part.sha256))
        finally:
            self._tell(finished=True)
        return Downloaded(self.part.sha256, self.part.size, self.part.version, resumed) if came else None

    def _insist(self) -> bool:
        return retrying(self._once, self.settings, progress=lambda: self.part.size, report=self.report)

    def _once(self) -> bool:
        """Ask once for what is missing; say whether anything came."""
        if self.part.size and self.part.size == self.wanted.size:
            return True
        with opened(self.wanted.url, self._headers(), self.settings) as answer:
            if answer.status == 304:
                return self._unchanged()
            if answer.status == 416:
                return self._nothing_more(answer)
            self._place(answer)
            self._announced(answer)
            with contextlib.closing(self.part.append(answer.chunks)) as sizes:
                for size in sizes:
                    self._check_size(size)
                    self._tell()
        self._check_end(answer)
        return True

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        if self.part.size:
            headers["Range"] = f"bytes={self.part.size}-"
            if self.part.version.if_range:
                headers["If-Range"] = self.part.version.if_range
        elif self.wanted.known and self.wanted.known.etag:
            headers["If-None-Match"] = self.wanted.known.etag
        elif self.wanted.known and self.wanted.known.modified:
            headers["If-Modified-Since"] = self.wanted.known.modified
        return headers

    def _unchanged(self) -> bool:
        if self.part.size or self.wanted.known in (None, Version()):
            raise Passing(f"{self.url} answers 304 to a question that was not asked")
        return False

    def _nothing_more(self, answer: Answer) -> bool:
        if self.wanted.sha256 and answer.headers.get("content-range", "") == f"bytes */{self.part.size}":
            self.part.joined = True
            return True
        self.part.discard()
        raise Passing(f"{self.url} has no bytes after those that are here")

    def _place(self, answer: Answer) -> None:
        """See to it that the part is what the answer's body continues."""
        version = Version(answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))
        if answer.status == 200:
            self.part.discard()
            self.part.belongs_to(version)
            return
        found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
        changed = self.part.version.etag and version.etag and self.part.version.etag != version.etag
        if not found or not self.part.size or int(found[1]) != self.part.size or changed:
            self.part.discard()
            raise Passing(f"{self.url} sends another part of the file than was asked for")
        self.part.joined = True

    def _announced(self, answer: Answer) -> None:
        """Refuse a body that is too long, or for which there is no room, before it comes."""
        length = answer.headers.get("content-length", "")
        self.total = self.part.size + int(length) if length.isascii() and length.isdigit() else None
        if self.total is None:
            return
        self._check_size(self.total)
        if self.wanted.size is not None and self.total != self.wanted.size:
            said = f"{self.url} announces {self.total} bytes and should have {self.wanted.size}"
            self._refuse(IntegrityError(said, hint=_REPLACED))
        folder = self.part.path.parent
        if shutil.disk_usage(folder).free < self.total - self.part.size:
            raise DiskFull(f"no room for the {self.total} bytes of {self.url}", hint=f"free some space on {folder}")

    def _check_size(self, size: int) -> None:
        if self.wanted.size is not None and size > self.wanted.size:
            said = f"{self.url} has more bytes than the {self.wanted.size} it should have"
            self._refuse(IntegrityError(said, hint=_REPLACED))
        if size > self.wanted.limit:
            self._refuse(SourceError(f"{self.url} has more than the {self.wanted.limit} bytes allowed"))

    def _check_end(self, answer: Answer) -> None:
        """Notice an end that came too early, which HTTP itself shows only when it says the length or sends chunks."""
        if self.total is not None and self.part.size < self.total:
            raise Passing(f"{self.url} ended after {self.part.size} of {self.total} bytes")
        if self.total is None and "chunked" not in answer.headers.get("transfer-encoding", "").lower():
            if self._problem():
                raise Passing(f"{self.url} ended after {self.part.size} bytes, which are not all")
            self.report(Detail(f"{self.url} does not say how long it is"))

    def _problem(self) -> str:
        if self.wanted.size is not None and self.part.size != self.wanted.size:
            return f"it has {self.part.size} bytes and should have {self.wanted.size}"
        if self.wanted.sha256 is not None and self.part.sha256 != self.wanted.sha256:
            return f"its sha256 is {self.part.sha256} and should be {self.wanted.sha256}"
        return ""

    def _refuse(self, error: SourceError | IntegrityError) -> NoReturn:
        self.part.discard()
        raise error

    def _tell(self, *, finished: bool = False) -> None:
        """Report how far it is, at most ten times a second."""
        now = time.monotonic()
        if finished or now - self.told >= 0.1:
            self.told = now
            self.report(Progress(self.url, self.part.size, self.total, "bytes", finished))
