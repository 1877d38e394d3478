"""Holding signals back that would end this process, for as long as something must not be left half done."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import Final

ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Let none of them through to this thread while the block runs; a program that is started in it inherits that."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # within: what came just before is handled once this has been done, and may raise
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
