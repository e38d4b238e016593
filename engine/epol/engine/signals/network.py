"""The network, from probes of each target's endpoint: online, round trip, jitter, loss."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median_low

from epol.engine.signals import scales
from epol.engine.signals.endpoints import Endpoint
from epol.engine.signals.estimators import Jitter, Smoothed, Window, percentile
from epol.engine.signals.hysteresis import Hysteresis
from epol.engine.signals.probes import Prober

_KEPT_SECONDS, _KEPT = 60.0, 120


@dataclass(frozen=True, slots=True)
class Timing:
    """When to probe, in seconds.  Raises ValueError for what is not above zero."""

    interval: float = 1.0
    """From one probe of an endpoint to the next."""
    patience: float = 1.0
    """For an answer; what takes longer counts as lost."""
    longest: float = 10.0
    """Between probes of an endpoint that does not answer; from the sixth failure in a row on,
    the interval doubles up to this."""

    def __post_init__(self) -> None:
        if not min(self.interval, self.patience, self.longest) > 0:
            raise ValueError("an interval, patience and longest interval are above zero")


@dataclass(frozen=True, slots=True)
class Measures:
    """What is known of the way to a target, of the last minute; times in seconds.

    `rtt` and `deviation` are smoothed (RFC 6298), `jitter` is that of RFC 3550, `loss` the share
    of probes without an answer, `p50` and `p95` are percentiles.  None: no answer, or not two.
    """

    is_reachable: bool
    rtt: float | None
    deviation: float
    jitter: float | None
    loss: float
    p50: float | None
    p95: float | None
    until: float
    """The moment from which on it is too old."""


class Network:
    """A `Provider` of `<target>.rtt` for each endpoint, and `net.*` of those not local.

    A target is reachable by `Hysteresis` over its probes.  `net.online` says whether any is.
    `net.rtt`, `net.jitter` and `net.loss` are the lower medians over those reachable: a target
    far away, or one that is down, does not make the network bad.  If none is, the loss is
    100 %, and the others are taken back.  A round in which no endpoint was probed says nothing.
    """

    name = "network"

    def __init__(
        self,
        endpoints: Iterable[Endpoint],
        timing: Timing | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timing = timing or Timing()
        self._clock = clock
        self._prober = Prober(tls, clock)
        self._lines = [_Line(each) for each in endpoints]
        self._measures: Mapping[str, Measures] = {}

    @property
    def interval(self) -> float:
        """See `Provider.interval`."""
        return self._timing.interval

    async def read(self) -> Mapping[str, object]:
        """Probe what is due, all at once."""
        now = self._clock()
        due = [line for line in self._lines if line.due <= now]
        probes = (self._prober.probe(line.endpoint, self._timing.patience) for line in due)
        for line, seconds in zip(due, await asyncio.gather(*probes), strict=True):
            line.add(now, seconds, self._timing)
        # A new dict each time, for other threads read it.
        new = {line.endpoint.target: line.measures(now, self._timing) for line in due}
        self._measures = {**self._measures, **new}
        return self._readings(due)

    def measures(self, target: str) -> Measures | None:
        """What is known of the way to a target; None where nothing is, or nothing fresh."""
        found = self._measures.get(target)
        return found if found is not None and self._clock() <= found.until else None

    def is_reachable(self, target: str) -> bool | None:
        """Whether a target answers probes; None where that is not known."""
        found = self.measures(target)
        return None if found is None else found.is_reachable

    def _readings(self, due: Iterable[_Line]) -> dict[str, object]:
        readings: dict[str, object] = {}
        remote: list[Measures] = []
        for line in due:
            measures = self._measures[line.endpoint.target]
            rtt = measures.rtt if measures.is_reachable else None
            readings[f"{line.endpoint.target}.rtt"] = None if rtt is None else scales.duration(rtt)
            if not line.endpoint.is_local:
                remote.append(measures)
        return {**readings, **_of_network(remote)} if remote else readings


def _of_network(measured: Iterable[Measures]) -> dict[str, object]:
    good = [each for each in measured if each.is_reachable]
    rtts = [each.rtt for each in good if each.rtt is not None]
    jitters = [each.jitter for each in good if each.jitter is not None]
    return {
        "net.online": bool(good),
        "net.rtt": scales.duration(median_low(rtts)) if rtts else None,
        "net.jitter": scales.duration(median_low(jitters)) if jitters else None,
        "net.loss": scales.ratio(median_low(each.loss for each in good) if good else 1.0),
    }


@dataclass
class _Line:
    """The way to one endpoint."""

    endpoint: Endpoint
    due: float = float("-inf")
    _failures: int = 0
    _smoothed: Smoothed = field(default_factory=Smoothed)
    _jitter: Jitter = field(default_factory=Jitter)
    _results: Window[float | None] = field(default_factory=lambda: Window(_KEPT_SECONDS, _KEPT))
    _reachable: Hysteresis = field(default_factory=Hysteresis)

    def add(self, now: float, seconds: float | None, timing: Timing) -> None:
        """Take the result of a probe that began now."""
        self._results.add(now, seconds)
        self._reachable.add(seconds is not None)
        if seconds is None:
            self._failures += 1
        else:
            self._failures = 0
            self._smoothed.add(seconds)
            self._jitter.add(seconds)
        self.due = now + self._pause(timing)

    def _pause(self, timing: Timing) -> float:
        """Seconds to the next probe.  As many failures as decide come at the usual pace."""
        doublings = min(max(self._failures - 5, 0), 32)
        if not doublings:
            return 0.0  # with the next round, whenever that is
        return max(min(timing.interval * 2.0**doublings, timing.longest), timing.interval)

    def measures(self, now: float, timing: Timing) -> Measures:
        """What is known after a probe."""
        results = self._results.values(now)
        times = [seconds for seconds in results if seconds is not None]
        return Measures(
            is_reachable=bool(self._reachable.state),
            rtt=self._smoothed.value if times else None,
            deviation=self._smoothed.deviation,
            jitter=self._jitter.value if times else None,
            loss=1 - len(times) / len(results),
            p50=percentile(times, 50),
            p95=percentile(times, 95),
            until=self.due + timing.patience + 3 * timing.interval,
        )
