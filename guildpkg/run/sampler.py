"""Statistics of a process tree and of the system, sampled whether or not the script writes summaries.

Keys: ``op/cpu/util op/mem/rss op/mem/vms sys/cpu/util sys/cpuN/util sys/mem/{total,free,used,util}
sys/swap/{total,free,used,util} sys/dev<DEV>/{rps,wps,rkbps,wkbps,util}`` and, where NVIDIA's library finds a GPU,
``sys/gpuN/{fanspeed,pstate,mem/total,mem/used,mem/free,mem/util,gpu/util,temp,powerdraw}``. Utilisations are fractions
(that of the processes of all cores together, so above 1 for a busy tree), memory is in bytes. Rates need two looks:
the first one is a baseline, and nothing is written then.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from guildpkg.core.runs.stats import HEADER, Encoder, Sample
from guildpkg.lean import dataclass
from guildpkg.run.gpus import open_gpus


@dataclass(frozen=True, slots=True)
class _Look:
    """What was read at one moment: counters, of which only differences say anything.

    Attributes:
        at: Monotonic seconds.
        processes: CPU seconds by process (number and start time).
        cores: Busy and all seconds by core; the first is that of all cores.
        disks: Reads, writes, bytes read, bytes written, busy milliseconds (or None) by device.
    """

    at: float
    processes: Mapping[tuple[int, float], float]
    cores: tuple[tuple[float, float], ...]
    disks: Mapping[str, tuple[int, int, int, int, int | None]]


@dataclass(slots=True)
class Sampler:
    """Samples one run.

    Attributes:
        path: The file that samples are appended to.
        pid: The process at the root of the tree.
        interval: Seconds between samples.
        now: The clock, nanoseconds since the epoch.
    """

    path: Path
    pid: int
    interval: float
    now: Callable[[], int]
    _encoder: Encoder = field(default_factory=Encoder)

    def sample_until(self, over: threading.Event) -> None:
        """Sample until the event is set; without psutil, or without room on the disk, do nothing."""
        with contextlib.suppress(ImportError, OSError), self.path.open("ab", buffering=0) as file, open_gpus() as gpus:
            if not file.tell():
                file.write(HEADER)
            before, memory = self._look()
            while not over.wait(self.interval):
                after, memory = self._look()
                values = {**memory, **_rates(before, after), **_system_memory(), **gpus.read()}
                file.write(self._encoder.encode(Sample(self.now(), values)))
                before = after

    def _look(self) -> tuple[_Look, dict[str, float]]:
        """Read all counters, and the memory of the tree."""
        processes, rss, vms = _tree(self.pid)
        memory = {"op/mem/rss": float(rss), "op/mem/vms": float(vms)} if processes else {}
        return _Look(time.monotonic(), processes, _cores(), _disks()), memory


def _tree(pid: int) -> tuple[dict[tuple[int, float], float], int, int]:
    """Give the CPU seconds of each process of a tree, and the memory of all of them."""
    import psutil

    processes, rss, vms = {}, 0, 0
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.Error:
        return {}, 0, 0
    for process in tree:
        with contextlib.suppress(psutil.Error), process.oneshot():
            times, memory = process.cpu_times(), process.memory_info()
            processes[process.pid, process.create_time()] = times.user + times.system
            rss, vms = rss + memory.rss, vms + memory.vms
    return processes, rss, vms


def _cores() -> tuple[tuple[float, float], ...]:
    import psutil

    return tuple(_busy(times) for times in (psutil.cpu_times(), *psutil.cpu_times(percpu=True)))


def _busy(times: Any) -> tuple[float, float]:
    """Give the busy and all seconds of a core; guests are counted in user time already."""
    whole = sum(times) - getattr(times, "guest", 0) - getattr(times, "guest_nice", 0)
    return whole - times.idle - getattr(times, "iowait", 0), whole


def _disks() -> dict[str, tuple[int, int, int, int, int | None]]:
    import psutil

    disks = {}
    for name, io in (psutil.disk_io_counters(perdisk=True) or {}).items():
        if not name.startswith(("loop", "ram")):
            busy = getattr(io, "busy_time", None)
            disks[name] = (io.read_count, io.write_count, io.read_bytes, io.write_bytes, busy)
    return disks


def _rates(before: _Look, after: _Look) -> dict[str, float]:
    """Turn two looks into what happened between them."""
    seconds = max(after.at - before.at, 1e-9)
    rates: dict[str, float] = {}
    if after.processes:
        used = sum(spent - before.processes.get(key, 0.0) for key, spent in after.processes.items())
        rates["op/cpu/util"] = max(used, 0.0) / seconds
    for number, (old, new) in enumerate(zip(before.cores, after.cores, strict=False)):
        whole = new[1] - old[1]
        key = f"sys/cpu{number - 1}/util" if number else "sys/cpu/util"
        rates[key] = min(max((new[0] - old[0]) / whole, 0.0), 1.0) if whole > 0 else 0.0
    for name, new_counts in after.disks.items():
        if name in before.disks:
            rates.update(_disk_rates(name, before.disks[name], new_counts, seconds))
    return rates


def _disk_rates(
    name: str,
    before: tuple[int, int, int, int, int | None],
    after: tuple[int, int, int, int, int | None],
    seconds: float,
) -> dict[str, float]:
    rates = {
        f"sys/dev{name}/rps": (after[0] - before[0]) / seconds,
        f"sys/dev{name}/wps": (after[1] - before[1]) / seconds,
        f"sys/dev{name}/rkbps": (after[2] - before[2]) / 1024 / seconds,
        f"sys/dev{name}/wkbps": (after[3] - before[3]) / 1024 / seconds,
    }
    if before[4] is not None and after[4] is not None:
        rates[f"sys/dev{name}/util"] = min((after[4] - before[4]) / 1000 / seconds, 1.0)
    return rates


def _system_memory() -> dict[str, float]:
    import psutil

    ram, swap = psutil.virtual_memory(), psutil.swap_memory()
    return {
        "sys/mem/total": float(ram.total),
        "sys/mem/free": float(ram.free),
        "sys/mem/used": float(ram.used),
        "sys/mem/util": ram.percent / 100,
        "sys/swap/total": float(swap.total),
        "sys/swap/free": float(swap.free),
        "sys/swap/used": float(swap.used),
        "sys/swap/util": swap.percent / 100,
    }
