"""How much memory and how many descriptors processes have, and whether it grows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression, median

_PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1024 * 1024


@dataclass(frozen=True)
class Sample:
    """One process at one time: `at` in seconds of the run, memory in MiB."""

    at: float
    memory: float
    descriptors: int


@dataclass
class Watch:
    """Samples of processes by name, taken when nothing is under way."""

    samples: dict[str, list[Sample]] = field(default_factory=dict[str, list[Sample]])

    def look(self, at: float, **pids: int) -> None:
        """Take a sample of each."""
        for name, pid in pids.items():
            memory = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
            open_now = len(list(Path(f"/proc/{pid}/fd").iterdir()))
            self.samples.setdefault(name, []).append(Sample(at, memory * _PAGE / MIB, open_now))

    def memory_an_hour(self, name: str) -> float:
        """MiB by which a process grows in an hour: least squares over the second half."""
        late = _late(self.samples[name])
        if len(late) < 2:
            return 0.0
        slope = linear_regression([s.at for s in late], [s.memory for s in late]).slope
        return slope * 3600

    def growth(self, name: str) -> tuple[float, float]:
        """Medians of memory in the third and in the last quarter."""
        late = _late(self.samples[name])
        half = len(late) // 2 or 1
        return median(s.memory for s in late[:half]), median(s.memory for s in late[-half:])

    def descriptors(self, name: str) -> tuple[int, int]:
        """The most that a process had in the first half, and in the second."""
        samples = self.samples[name]
        half = len(samples) // 2 or 1
        return max(s.descriptors for s in samples[:half]), max(
            s.descriptors for s in samples[half:]
        )

    def lines(self) -> list[str]:
        """The figures of each process, to be printed."""
        return [
            f"{name}: {samples[0].memory:.1f} MiB at first, {samples[-1].memory:.1f} at last, "
            f"{self.memory_an_hour(name):+.2f} MiB an hour over the second half; descriptors "
            f"{self.descriptors(name)[0]} at most in the first half, "
            f"{self.descriptors(name)[1]} in the second ({len(samples)} samples)"
            for name, samples in self.samples.items()
        ]


def _late(samples: Sequence[Sample]) -> Sequence[Sample]:
    return samples[len(samples) // 2 :]
