"""How many requests a provider still takes, as the headers of its answers say.

Read are, in any case of letters:

- `x-ratelimit-remaining-requests` and `x-ratelimit-reset-requests` ("1s", "6m0s", "120ms"), as
  OpenAI's API and those like it send;
- `anthropic-ratelimit-requests-remaining` and `-reset` (a moment, RFC 3339);
- `ratelimit-remaining` and `ratelimit-reset` (seconds) of the IETF's drafts to
  draft-ietf-httpapi-ratelimit-headers-07, and `ratelimit: "name";r=50;t=30` of the later ones;
- `retry-after` (RFC 9110, 10.2.3: seconds or a date) with status 429, 503 or 529: nothing is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from epol.engine.signals.scales import MOST_COUNT

UNSAID = 60.0
"""Seconds that a reading holds for where the provider does not say."""
_LONGEST = 86_400.0
_LONG = 256
_COUNT = re.compile(r"\d{1,12}\Z", re.ASCII)
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|us|\u00b5s|ns|h|m|s)", re.ASCII)
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "\u00b5s": 1e-6, "ns": 1e-9}
_FIELD = re.compile(r";\s*(r|t)=(\d{1,12})(?=\s*(?:;|,|\Z))", re.ASCII)
_REFUSALS = frozenset({429, 503, 529})


@dataclass(frozen=True, slots=True)
class Left:
    """So many requests are left, for so many seconds."""

    requests: int
    seconds: float


def requests_left(headers: Mapping[str, str], status: int | None, now: datetime) -> Left | None:
    """What an answer says; the least where it says several things, None where it says nothing.

    `now` is the moment of the answer, with its time zone.  What cannot be read is not there.
    """
    named = {name.lower(): value.strip() for name, value in headers.items() if len(value) < _LONG}
    found = list(_said(named, now))
    if status in _REFUSALS and "retry-after" in named:
        seconds = _seconds(named["retry-after"], now)
        if seconds is not None:
            found.append(Left(0, seconds))
    return min(found, key=lambda left: (left.requests, -left.seconds), default=None)


def _said(named: Mapping[str, str], now: datetime) -> Iterator[Left]:
    for remaining, reset in (
        ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
        ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
        ("ratelimit-remaining", "ratelimit-reset"),
    ):
        if _COUNT.match(count := named.get(remaining, "")):
            seconds = _seconds(named.get(reset, ""), now)
            yield Left(min(int(count), MOST_COUNT), UNSAID if seconds is None else seconds)
    for item in named.get("ratelimit", "").split(","):
        fields = {key: int(value) for key, value in _FIELD.findall(item)}
        if "r" in fields:
            seconds = min(fields["t"], _LONGEST) if "t" in fields else UNSAID
            yield Left(min(fields["r"], MOST_COUNT), seconds)


def _seconds(text: str, now: datetime) -> float | None:
    """Seconds from now: a number, durations in a row, or a moment."""
    if _COUNT.match(text):
        return min(float(text), _LONGEST)
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return min(sum(float(number) * _UNITS[unit] for number, unit in parts), _LONGEST)
    moment = _moment(text)
    return None if moment is None else min(max((moment - now).total_seconds(), 0.0), _LONGEST)


def _moment(text: str) -> datetime | None:
    """A date and time, RFC 3339 or that of HTTP, which is Universal Time if nothing is said."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
        except (ValueError, OverflowError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
