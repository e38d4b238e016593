"""Hours and days in a stated zone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from epol.engine.signals.clock import Clock


@pytest.mark.parametrize(
    ("zone", "hour", "weekday"),
    [
        ("UTC", 23, "sun"),
        ("Europe/Vienna", 0, "mon"),  # one hour ahead in winter
        ("America/New_York", 18, "sun"),
        ("Asia/Kolkata", 5, "mon"),
    ],
)
def test_the_time_somewhere(zone: str, hour: int, weekday: str) -> None:
    clock = Clock(zone, wall=lambda: datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC))
    assert asyncio.run(clock.read()) == {"time.hour": hour, "time.weekday": weekday}


def test_the_hour_changes_with_daylight_saving() -> None:
    before, after = (datetime(2026, 3, 29, hour, 30, tzinfo=UTC) for hour in (0, 1))
    now = before
    clock = Clock("Europe/Vienna", wall=lambda: now)
    assert asyncio.run(clock.read())["time.hour"] == 1
    now = after
    assert asyncio.run(clock.read())["time.hour"] == 3


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "a\0b", "Europe"]
)
def test_a_zone_that_is_none(zone: str) -> None:
    with pytest.raises(ValueError, match="time zone is not known"):
        Clock(zone)
