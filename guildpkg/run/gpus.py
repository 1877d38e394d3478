"""NVIDIA GPUs through their own library, where it is installed and finds one; else there are none."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from guildpkg.lean import dataclass

_DRIVERS: Final = ("/dev/nvidiactl", "/dev/dxg")
"""What there is where a driver of NVIDIA is loaded: Linux, and Linux below Windows."""


@dataclass(frozen=True, slots=True)
class Gpus:
    """The GPUs of this machine.

    Attributes:
        library: The module ``pynvml``; None where there are no GPUs.
        handles: One for each GPU.
    """

    library: Any = None
    handles: tuple[Any, ...] = ()

    def read(self) -> dict[str, float]:
        """Measure: ``sys/gpuN/...``. What a GPU does not support is left out."""
        values: dict[str, float] = {}
        for number, handle in enumerate(self.handles):
            for key, value in _measure(self.library, handle):
                values[f"sys/gpu{number}/{key}"] = value
        return values

    def describe(self) -> dict[str, str]:
        """Give name and memory of each: ``gpuN_name``, ``gpuN_memory``."""
        facts: dict[str, str] = {}
        for number, handle in enumerate(self.handles):
            with contextlib.suppress(self.library.NVMLError):
                name = self.library.nvmlDeviceGetName(handle)
                facts[f"gpu{number}_name"] = name.decode() if isinstance(name, bytes) else str(name)
            with contextlib.suppress(self.library.NVMLError):
                memory = self.library.nvmlDeviceGetMemoryInfo(handle).total >> 20
                facts[f"gpu{number}_memory"] = f"{memory} MB"
        return facts


@contextlib.contextmanager
def open_gpus() -> Iterator[Gpus]:
    """Use NVIDIA's library while the block runs."""
    if sys.platform == "linux" and not any(Path(place).exists() for place in _DRIVERS):
        yield Gpus()  # importing the library to hear the same would be a tenth of what a run costs
        return
    try:
        pynvml: Any = importlib.import_module("pynvml")
    except ImportError:
        yield Gpus()
        return
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        yield Gpus()
        return
    try:
        count = pynvml.nvmlDeviceGetCount()
        yield Gpus(pynvml, tuple(pynvml.nvmlDeviceGetHandleByIndex(number) for number in range(count)))
    finally:
        pynvml.nvmlShutdown()


def _measure(nvml: Any, handle: Any) -> Iterator[tuple[str, float]]:
    """Measure one GPU."""

    def memory() -> Iterator[tuple[str, float]]:
        found = nvml.nvmlDeviceGetMemoryInfo(handle)
        yield "mem/total", float(found.total)
        yield "mem/used", float(found.used)
        yield "mem/free", float(found.free)

    def utilisation() -> Iterator[tuple[str, float]]:
        found = nvml.nvmlDeviceGetUtilizationRates(handle)
        yield "gpu/util", found.gpu / 100
        yield "mem/util", found.memory / 100

    def one(key: str, ask: Callable[[], float]) -> Callable[[], Iterator[tuple[str, float]]]:
        return lambda: iter([(key, float(ask()))])

    for look in (
        one("fanspeed", lambda: nvml.nvmlDeviceGetFanSpeed(handle) / 100),
        one("pstate", lambda: nvml.nvmlDeviceGetPerformanceState(handle)),
        memory,
        utilisation,
        one("temp", lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)),
        one("powerdraw", lambda: nvml.nvmlDeviceGetPowerUsage(handle) / 1000),
    ):
        with contextlib.suppress(nvml.NVMLError):
            yield from look()
