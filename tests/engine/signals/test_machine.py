"""What this machine says of itself."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType, SimpleNamespace

import pytest

from epol.engine.reading.inputs import Scaled
from epol.engine.signals.machine import Machine


def read(machine: Machine) -> dict[str, object]:
    return dict(asyncio.run(machine.read()))


def test_load_and_memory_of_this_machine() -> None:
    machine = Machine()
    readings = read(machine)
    while readings["local.load"] is None:  # its clock ticks a hundred times a second
        readings = read(machine)
    load, free = readings["local.load"], readings["local.memory_free"]
    assert isinstance(load, Scaled)
    assert isinstance(free, Scaled)
    assert 0 <= load.value <= 1_000_000
    assert 0 < free.value < 2**50


def test_what_is_not_installed_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("psutil", "pynvml"):
        monkeypatch.setitem(sys.modules, name, None)
    assert read(Machine()) == {"local.gpu_free": None}


# --- what this machine may not have, spoken as the packages speak --------------------------


class System(ModuleType):
    """psutil of a laptop."""

    def __init__(self) -> None:
        super().__init__("psutil")
        self.battery: object = SimpleNamespace(percent=37.5, power_plugged=False)
        self.times = {"user": 100.0, "idle": 900.0, "iowait": 0.0, "guest": 50.0}

    def cpu_times(self) -> SimpleNamespace:
        times = dict(self.times)
        return SimpleNamespace(_asdict=lambda: times)

    def virtual_memory(self) -> SimpleNamespace:
        return SimpleNamespace(available=2**33)

    def sensors_battery(self) -> object:
        return self.battery


def test_a_battery(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System()
    monkeypatch.setitem(sys.modules, "psutil", system)
    machine = Machine()
    readings = read(machine)
    assert readings["local.battery"] == Scaled(375_000)
    assert readings["local.on_mains"] is False
    assert readings["local.load"] is None  # no time has passed
    assert readings["local.memory_free"] == Scaled(2**33)
    system.battery = SimpleNamespace(percent=100, power_plugged=None)
    assert read(machine)["local.on_mains"] is None  # it cannot tell
    system.battery = None
    readings = read(machine)
    assert readings["local.battery"] is readings["local.on_mains"] is None


def test_load_is_the_share_since_the_last_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System()
    monkeypatch.setitem(sys.modules, "psutil", system)
    machine = Machine()
    system.times = {"user": 101.0, "idle": 905.0, "iowait": 2.0, "guest": 51.0}
    assert read(machine)["local.load"] == Scaled(125_000)  # 1 of 8 seconds
    system.times = {"user": 104.0, "idle": 906.0, "iowait": 2.0, "guest": 54.0}
    assert read(machine)["local.load"] == Scaled(750_000)


class Nvml(ModuleType):
    """NVML's binding with two graphics processors, as long as the driver is there."""

    class NVMLError(Exception):
        pass

    free: tuple[int, ...] = (2**31, 2**34)
    has_driver = True
    opened = 0

    def nvmlInit(self) -> None:  # noqa: N802
        if not self.has_driver:
            raise self.NVMLError
        self.opened += 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        if not self.has_driver:
            raise self.NVMLError
        return len(self.free)

    def nvmlDeviceGetHandleByIndex(self, place: int) -> int:  # noqa: N802
        return place

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(free=self.free[handle])


def test_the_graphics_processor_with_most_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = Nvml("pynvml")
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    machine = Machine()
    assert read(machine)["local.gpu_free"] == read(machine)["local.gpu_free"] == Scaled(2**34)
    assert nvml.opened == 1
    nvml.has_driver = False  # it is being updated
    assert read(machine)["local.gpu_free"] is None
    nvml.has_driver = True
    assert read(machine)["local.gpu_free"] == Scaled(2**34)
    assert nvml.opened == 2
    nvml.free = ()
    assert read(machine)["local.gpu_free"] is None
