"""Signals are let through again, whatever happens."""

from __future__ import annotations

import signal
from collections.abc import Iterable

import pytest

from guildpkg.system.signals import held_back


def test_an_interrupt_in_the_moment_in_which_signals_are_held_back_leaves_none_held_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python handles what came just before when the mask is set already, and raises from there."""
    change = signal.pthread_sigmask
    before = change(signal.SIG_BLOCK, ())

    def interrupted(how: int, mask: Iterable[int]) -> set[int]:
        old = change(how, mask)
        if how == signal.SIG_BLOCK and mask:
            raise KeyboardInterrupt
        return set(old)

    with monkeypatch.context() as patched:
        patched.setattr(signal, "pthread_sigmask", interrupted)
        with pytest.raises(KeyboardInterrupt), held_back():
            pass
    assert change(signal.SIG_BLOCK, ()) == before
