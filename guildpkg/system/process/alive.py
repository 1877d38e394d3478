"""Which processes live on this host, told from later ones with the same number, and which boot this is."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
from functools import cache
from pathlib import Path

from guildpkg.core.runs.record import Host, Process


@cache
def this_host() -> Host:
    """Say where we are: host name, boot and user."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return Host(os.uname().nodename, _boot(), user)


def this_process() -> Process:
    """Say who we are."""
    return find_process(os.getpid()) or Process(os.getpid(), 0)


def find_process(pid: int) -> Process | None:
    """Look a process up; None when it does not exist, or has ended and was not waited for yet."""
    if pid <= 0:
        return None
    if not Path("/proc/self/stat").exists():
        return _asked(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # the name of the program, in parentheses, may hold anything; state is field 3 and start time field 22
    fields = stat.rpartition(b")")[2].split()
    return None if fields[0] in (b"Z", b"X") else Process(pid, int(fields[19]))


def living(processes: tuple[Process, ...]) -> frozenset[Process]:
    """Give those of the processes that still live."""
    return frozenset(process for process in processes if process.pid and find_process(process.pid) == process)


def ask_to_end(process: Process) -> None:
    """Send SIGTERM to a process of this host, if it is the one that is meant and not a later one of that number."""
    if process.pid and find_process(process.pid) == process:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, signal.SIGTERM)


def oom_kills() -> int:
    """Count the processes that the kernel has killed for want of memory since the boot; 0 where it does not tell."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    import psutil

    return str(int(psutil.boot_time()))


def _asked(pid: int) -> Process | None:
    """Look a process up where there is no /proc."""
    import psutil

    try:
        found = psutil.Process(pid)
        return None if found.status() == psutil.STATUS_ZOMBIE else Process(pid, int(found.create_time() * 1000))
    except psutil.Error:
        return None
