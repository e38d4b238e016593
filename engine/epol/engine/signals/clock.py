"""The time of day in a stated zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Clock:
    """A `Provider` of `time.hour` and `time.weekday`.

    Decisions are then right to a second, which is the default interval.  Raises ValueError for
    a zone that is not known.
    """

    name = "clock"

    def __init__(
        self,
        zone: str,
        *,
        interval: float = 1.0,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`zone` is a name of the IANA's database ("Europe/Vienna"), or "UTC"."""
        self._zone = zone_of(zone)
        self._interval = interval
        self._wall = wall

    @property
    def interval(self) -> float:
        """See `Provider.interval`."""
        return self._interval

    async def read(self) -> Mapping[str, object]:
        """The hour and the day of the week now."""
        now = self._wall().astimezone(self._zone)
        return {"time.hour": now.hour, "time.weekday": _DAYS[now.weekday()]}


def zone_of(name: str) -> tzinfo:
    """A time zone by its name.  Raises ValueError."""
    if name == "UTC":  # known without a database
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            "the time zone is not known; write a name of the IANA's database (Europe/Vienna), and"
            " where the system has no such database, install the package tzdata"
        ) from None
