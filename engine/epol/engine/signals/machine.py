"""This machine: load, memory, battery and graphics memory.

The door to psutil and NVML's binding (nvidia-ml-py), which the extra `machine` brings.  What is
not installed, or not there on this machine, is not given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from epol.engine.signals import scales


class Machine:
    """A `Provider` of `local.load`, `memory_free`, `gpu_free`, `battery` and `on_mains`.

    - `load`: the share of processor time, of all cores, that was busy since the last reading;
    - `memory_free`: bytes that can be had without swapping;
    - `gpu_free`: free bytes of the graphics processor (NVIDIA) that has most of them, since a
      model has to fit into one;
    - `battery`, `on_mains`: its charge, and whether the machine is plugged in.

    They are the machine's: what a container may use can be less.
    """

    name = "machine"

    def __init__(self, *, interval: float = 2.0) -> None:
        self._interval = interval
        self._system = _optional(lambda: import_module("psutil"))
        self._gpus = _Gpus()
        self._times = None if self._system is None else _times(self._system)

    @property
    def interval(self) -> float:
        """See `Provider.interval`."""
        return self._interval

    async def read(self) -> Mapping[str, object]:
        """What the machine says now, asked in another thread."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> dict[str, object]:
        free = self._gpus.most_free()
        gpu: dict[str, object] = {"local.gpu_free": None if free is None else scales.size(free)}
        system = self._system
        if system is None:
            return gpu
        return {
            **gpu,
            "local.load": self._load(system),
            "local.memory_free": scales.size(int(system.virtual_memory().available)),
            **_battery(system),
        }

    def _load(self, system: Any) -> object:  # noqa: ANN401 (psutil ships no types)
        # psutil's own percentage is that of a thread, and each reading may be in another one.
        before, self._times = self._times or (0.0, 0.0), _times(system)
        busy, passed = (now - then for now, then in zip(self._times, before, strict=True))
        return scales.ratio(busy / passed) if passed > 0 else None


def _times(system: Any) -> tuple[float, float]:  # noqa: ANN401 (psutil ships no types)
    """Seconds that all cores were busy, and all seconds; what waits for a disk is not busy."""
    times = system.cpu_times()._asdict()
    # Those of guests are counted among the others already.
    total = sum(seconds for name, seconds in times.items() if not name.startswith("guest"))
    return total - times["idle"] - times.get("iowait", 0.0), total


def _battery(system: Any) -> dict[str, object]:  # noqa: ANN401 (psutil ships no types)
    # Some platforms have no such function, and most servers no battery.
    battery = getattr(system, "sensors_battery", lambda: None)()
    if battery is None:
        return {"local.battery": None, "local.on_mains": None}
    return {
        "local.battery": scales.ratio(battery.percent / 100),
        "local.on_mains": battery.power_plugged,
    }


class _Gpus:
    """The graphics processors, as far as NVML can be had."""

    def __init__(self) -> None:
        self._nvml = _optional(lambda: import_module("pynvml"))
        self._is_open = False

    def most_free(self) -> int | None:
        """Free bytes of the one that has most; None where there is none, or no driver."""
        nvml = self._nvml
        if nvml is None:
            return None
        try:
            if not self._is_open:
                nvml.nvmlInit()
                self._is_open = True
            places = range(nvml.nvmlDeviceGetCount())
            handles = [nvml.nvmlDeviceGetHandleByIndex(place) for place in places]
            free = [int(nvml.nvmlDeviceGetMemoryInfo(handle).free) for handle in handles]
        except nvml.NVMLError:
            # No driver, or one that was exchanged: it is opened anew next time.
            self._is_open = False
            return None
        return max(free, default=None)


def _optional(imported: Callable[[], Any]) -> Any:  # noqa: ANN401 (neither ships types)
    try:
        return imported()
    except ImportError:
        return None
