"""Statistics of GPUs. This machine need not have one: the library is played by an object with its functions."""

from __future__ import annotations

import importlib
from types import SimpleNamespace

from guildpkg.run.gpus import Gpus, open_gpus


class NVMLError(Exception):
    """What the library raises."""


class Library:
    """One GPU without a fan."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0

    def nvmlDeviceGetName(self, handle: str) -> bytes:  # noqa: N802 - its name there
        return handle.encode()

    def nvmlDeviceGetMemoryInfo(self, handle: str) -> SimpleNamespace:  # noqa: N802 - its name there
        return SimpleNamespace(total=16 << 30, used=4 << 30, free=12 << 30)

    def nvmlDeviceGetUtilizationRates(self, handle: str) -> SimpleNamespace:  # noqa: N802 - its name there
        return SimpleNamespace(gpu=75, memory=50)

    def nvmlDeviceGetFanSpeed(self, handle: str) -> int:  # noqa: N802 - its name there
        raise NVMLError(handle)

    def nvmlDeviceGetPerformanceState(self, handle: str) -> int:  # noqa: N802 - its name there
        return 2

    def nvmlDeviceGetTemperature(self, handle: str, kind: int) -> int:  # noqa: N802 - its name there
        return 40 + kind

    def nvmlDeviceGetPowerUsage(self, handle: str) -> int:  # noqa: N802 - its name there
        return 125_000


def test_a_gpu_is_measured_and_what_it_has_not_is_left_out() -> None:
    assert Gpus(Library(), ("A100",)).read() == {
        "sys/gpu0/pstate": 2,
        "sys/gpu0/mem/total": 16 << 30,
        "sys/gpu0/mem/used": 4 << 30,
        "sys/gpu0/mem/free": 12 << 30,
        "sys/gpu0/gpu/util": 0.75,
        "sys/gpu0/mem/util": 0.5,
        "sys/gpu0/temp": 40,
        "sys/gpu0/powerdraw": 125,
    }


def test_a_gpu_is_described() -> None:
    assert Gpus(Library(), ("A100",)).describe() == {"gpu0_name": "A100", "gpu0_memory": "16384 MB"}


def test_a_machine_without_gpus_has_none() -> None:
    """The real library, which guild brings, finds the driver missing; where there is a GPU it is found."""
    library = importlib.import_module("pynvml")
    try:
        library.nvmlInit()
    except library.NVMLError:
        count = 0
    else:
        count = library.nvmlDeviceGetCount()
        library.nvmlShutdown()
    with open_gpus() as found:
        assert len(found.handles) == count
