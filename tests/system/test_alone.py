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
