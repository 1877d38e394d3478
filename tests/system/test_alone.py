"""A program to talk with ends with us, also when we are ended in the moment of its birth."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.support.builds import nothing_left

GUILD = """
import os, sys, time
from guildpkg.system.process import alone

tell = alone._tell

def disturbed(warden, line):
    if line.startswith(b"+"):
        os.kill(os.getpid(), int(sys.argv[1]))  # the program is there, and nobody but us knows
        time.sleep(0.01)
    tell(warden, line)

alone._tell = disturbed
try:
    with alone.piped(["sleep", "1000"], env=dict(os.environ), watched=True):
        print("begun")
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize(("number", "ends"), [(signal.SIGINT, (0, "interrupted\n")), (signal.SIGTERM, (-15, ""))])
def test_a_program_that_was_just_started_does_not_outlive_us(number: int, ends: tuple[int, str]) -> None:
    with nothing_left():
        done = subprocess.run([sys.executable, "-c", GUILD, str(number)], text=True, capture_output=True, timeout=30)
    assert (done.returncode, done.stdout) == ends, done.stderr


RESTORING = """
import os, signal, time
from guildpkg.system.process import alone

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
change, before = signal.signal, [signal.getsignal(number) for number in ENDING]

def disturbed(number, handler):
    old = change(number, handler)
    if handler is signal.default_int_handler:
        os.kill(os.getpid(), signal.SIGINT)  # its handler is back, and those of the others are not
        time.sleep(0.01)
    return old

signal.signal = disturbed
try:
    with alone.piped(["true"], env=dict(os.environ)):
        pass
except KeyboardInterrupt:
    print("interrupted")
print([signal.getsignal(number) for number in ENDING] == before, signal.pthread_sigmask(signal.SIG_BLOCK, ()))
"""


def test_an_interrupt_right_after_a_program_has_begun_leaves_no_signal_unheard() -> None:
    done = subprocess.run([sys.executable, "-c", RESTORING], text=True, capture_output=True, timeout=30)
    assert done.stdout == "interrupted\nTrue set()\n", done.stderr
