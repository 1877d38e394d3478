"""Answers: JSON that any browser reads, bytes that no browser runs, refusals with their reason."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from guildpkg.core.events import Reporter, Warn
from guildpkg.core.jsons import dumps
from guildpkg.errors import Busy, Exists, GuildError, Unknown, UsageFault

_CHUNK: Final = 1 << 18
_STATUS: Final = ((Unknown, 404), (UsageFault, 400), (Busy, 409), (Exists, 409))
IMAGES: Final = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
}
"""Kinds of files that a browser shows as pictures and that cannot hold a script; SVG can, and is text."""


def json_answer(value: Any, status: int = 200) -> Response:
    """Answer with JSON; infinities and NaN, which it does not know, become texts."""
    return Response(dumps(value, separators=(",", ":")), status, media_type="application/json")


def refusal(_: Request, error: Exception) -> Response:
    """Answer with the reason why not."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 409)
    hint = error.hint if isinstance(error, GuildError) else ""
    return json_answer({"error": str(error), "hint": hint}, status)


def failure(report: Reporter) -> Callable[[Request, Exception], Response]:
    """Make the answer to a request that a fault of ours kept from being answered: it is told to *report* as well."""

    def answer(request: Request, error: Exception) -> Response:
        report(Warn(f"{request.method} {request.url.path} failed: {in_words(error)}; this is a bug: please report it"))
        return json_answer({"error": "the server failed", "hint": "its terminal says more"}, 500)

    return answer


def in_words(error: BaseException) -> str:
    """Say what an unexpected error is and where it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


def no_answer(_: Request, error: Exception) -> Response:
    """Answer a request that no route takes."""
    status = getattr(error, "status_code", 404)
    words = {404: "there is nothing at this address", 405: "this address does not take such requests"}
    return json_answer({"error": words.get(status, "not a request that is understood"), "hint": ""}, status)


def file_answer(file: IO[bytes], name: str, *, start: int, limit: int | None, download: bool) -> Response:
    """Answer with a range of a file; it is closed afterwards.

    Args:
        file: The file.
        name: Its name, which says what it is and how it is called when it is kept.
        start: First byte.
        limit: Most bytes; None for all.
        download: True when the browser is to keep it instead of showing it.
    """
    size = os.fstat(file.fileno()).st_size
    start = min(start, size)
    length = size - start if limit is None else min(limit, size - start)
    kind = "application/octet-stream" if download else IMAGES.get(os.path.splitext(name.lower())[1])  # noqa: PTH122
    headers = {
        "Content-Length": str(length),
        "X-File-Size": str(size),
        # whatever it is, it may do nothing: no script, no style, no request, not even as a page of its own
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if download:
        kept = quote(name, safe="", errors="surrogateescape")
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{kept}"
    return StreamingResponse(_bytes(file, start, length), headers=headers, media_type=kind or "text/plain")


def _bytes(file: IO[bytes], start: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while length > 0 and (chunk := file.read(min(_CHUNK, length))):
            length -= len(chunk)
            yield chunk
        while length > 0:  # it became shorter meanwhile, and so much was promised
            yield bytes(min(_CHUNK, length))
            length -= min(_CHUNK, length)
