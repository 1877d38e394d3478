"""stdout and stderr when they break: nobody reads them any more, or there is no room for them."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from typing import TextIO

from guildpkg.errors import DiskFull, GuildError


class ReaderLeft(Exception):
    """Whoever read our output (``| head``) has seen enough; the command ends without a word."""


def unwritten(stdout: TextIO, error: OSError) -> Exception:
    """Give up on stdout, and say with what the command ends for it."""
    abandon(stdout)
    if error.errno == errno.EPIPE:
        return ReaderLeft()
    kind = DiskFull if error.errno == errno.ENOSPC else GuildError
    return kind(f"the result cannot be written: {error.strerror}")


@contextlib.contextmanager
def reader_of(stderr: TextIO) -> Iterator[None]:
    """End the command when nobody listens; go on without a word when what we say cannot be kept (a full disk)."""
    try:
        yield
    except OSError as error:
        abandon(stderr)
        if error.errno == errno.EPIPE:
            raise ReaderLeft from error


def is_unread(stream: TextIO) -> bool:
    """Tell whether the other end of a pipe is closed."""
    import select

    poll = select.poll()
    poll.register(stream.fileno(), 0)
    return any(what & (select.POLLERR | select.POLLHUP) for _, what in poll.poll(0))


def settle(stream: TextIO) -> None:
    """Write out what is still in a stream's buffer, or give it up."""
    try:
        stream.flush()
    except OSError:
        abandon(stream)


def abandon(stream: TextIO) -> None:
    """Let what is still in a stream's buffer go nowhere, so that nothing complains about it at the end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
