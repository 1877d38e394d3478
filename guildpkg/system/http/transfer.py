"""What every transfer has in common: its patience, its errors, what is tried again, how a URL is shown."""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from guildpkg.core.events import Reporter, Warn, silent
from guildpkg.errors import NetworkError, SourceError
from guildpkg.lean import dataclass

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Settings:
    """How patient and how trusting a request is.

    Attributes:
        connect: Seconds to wait for a connection.
        stall: Seconds without data after which the other side counts as stalled.
        attempts: Tries in a row without progress before giving up.
        backoff: Seconds before the second try; doubled from try to try, plus up to a quarter by chance.
        patience: Most seconds to wait before a try, whoever asks for it.
        redirects: Most redirects of one request.
        proxy: URL of a proxy, in place of those of the environment.
        ca_file: Certificates trusted in addition.
        client_cert: File with a certificate and its key, shown to servers that ask.
        trusted: Hosts (or ``host:port``) whose certificates are not looked at.
    """

    connect: float = 20.0
    stall: float = 60.0
    attempts: int = 5
    backoff: float = 1.0
    patience: float = 120.0
    redirects: int = 10
    proxy: str = ""
    ca_file: str = ""
    client_cert: str = ""
    trusted: frozenset[str] = frozenset()


class Missing(SourceError):
    """The server is there and says that this URL is not (404, 410)."""


class Passing(NetworkError):
    """A failure that may be gone at the next try.

    Attributes:
        after: Seconds that the server asks to wait, or None.
    """

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message, hint="check the network and run it again")
        self.after = after


_SECRET = re.compile(
    r"(?i)(?P<name>(?<![^&;])[^&;=]*(?:signature|token|credential|secret|key|passw|auth|\bsig)[^&;=]*)=[^&;]*"
)
"""A parameter that signs a URL or lets somebody in, as the stores of the large clouds name them."""


def shown(url: str) -> str:
    """Strip credentials, fragment and the secrets of a signed URL.

    Raises:
        SourceError: It is no URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise SourceError("a URL that was given cannot be read", hint=str(error)) from error
    query = _SECRET.sub(r"\g<name>=...", parts.query)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def retrying(
    action: Callable[[], Result],
    settings: Settings,
    *,
    progress: Callable[[], int] = lambda: 0,
    report: Reporter = silent,
) -> Result:
    """Call *action* until it does not fail in passing, waiting longer each time.

    Args:
        action: What to do; raises `Passing` to be called again.
        settings: How often, and how long to wait.
        progress: How far it got; tries after which this grew by a mebibyte do not count.
        report: Hears of every failure after which it is tried again.

    Raises:
        NetworkError: It failed too often, or the server asks for more patience than there is.
    """
    tries, failed, reached = 0, 0, progress()
    while True:
        tries += 1
        try:
            return action()
        except Passing as error:
            now = progress()
            failed, reached = (1, now) if now >= reached + (1 << 20) else (failed + 1, reached)
            wait = settings.backoff * 2 ** (failed - 1) * (1 + secrets.randbelow(256) / 1024)
            wait = max(min(wait, settings.patience), error.after or 0)
            if failed >= settings.attempts or wait > settings.patience:
                asks = f", asks to wait {wait:.0f} s" if wait > settings.patience else ""
                times = "once" if tries == 1 else f"{tries} times"
                raise NetworkError(f"{error} (tried {times}{asks})", hint=error.hint) from error
            report(Warn(f"{error}; trying again in {wait:.0f} s"))
            time.sleep(wait)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read how many seconds a server asks to wait; None when it does not ask, or cannot be understood."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    from email.utils import parsedate_to_datetime  # seldom, and slow to import

    with contextlib.suppress(ValueError, TypeError):
        asked, now = parsedate_to_datetime(value), parsedate_to_datetime(headers.get("date", ""))
        return max((asked - now).total_seconds(), 0.0)
    return None
