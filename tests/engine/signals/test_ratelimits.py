"""What headers of answers say about how many requests are left."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.signals.ratelimits import UNSAID, Left, requests_left

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
NAMES = [
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-requests",
    "anthropic-ratelimit-requests-remaining",
    "anthropic-ratelimit-requests-reset",
    "ratelimit-remaining",
    "ratelimit-reset",
    "ratelimit",
    "retry-after",
]


@pytest.mark.parametrize(
    ("headers", "status", "left"),
    [
        (
            {"x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": "1s"},
            200,
            Left(59, 1.0),
        ),
        (
            {"X-RateLimit-Remaining-Requests": "59", "X-RateLimit-Reset-Requests": "6m0.5s"},
            200,
            Left(59, 360.5),
        ),
        (
            {"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "120ms"},
            200,
            Left(3, 0.12),
        ),
        (
            {
                "anthropic-ratelimit-requests-remaining": "7",
                "anthropic-ratelimit-requests-reset": "2026-03-01T12:00:30Z",
            },
            200,
            Left(7, 30.0),
        ),
        (
            {
                "anthropic-ratelimit-requests-remaining": "7",
                "anthropic-ratelimit-requests-reset": "2026-03-01T11:00:30Z",
            },
            200,
            Left(7, 0.0),
        ),
        ({"ratelimit-remaining": "12", "ratelimit-reset": "34"}, 200, Left(12, 34.0)),
        ({"ratelimit": '"burst";r=50;t=30, "daily";r=9;t=999'}, 200, Left(9, 999.0)),
        ({"ratelimit": '"daily";r=9'}, 200, Left(9, UNSAID)),
        ({"ratelimit-remaining": "12"}, 200, Left(12, UNSAID)),
        ({"ratelimit-remaining": "12", "ratelimit-reset": "soon"}, 200, Left(12, UNSAID)),
        ({"ratelimit-remaining": "12", "retry-after": "5"}, 429, Left(0, 5.0)),
        ({"retry-after": "Sun, 01 Mar 2026 12:01:00 GMT"}, 503, Left(0, 60.0)),
        ({"retry-after": "5"}, 200, None),
        ({"retry-after": "99999999999"}, 429, Left(0, 86_400.0)),
        ({"ratelimit-remaining": "999999999999"}, 200, Left(2**31 - 1, UNSAID)),
        ({"ratelimit-remaining": "-1"}, 200, None),
        ({"ratelimit-remaining": "many"}, 200, None),
        ({"content-type": "application/json"}, None, None),
    ],
)
def test_what_headers_say(headers: dict[str, str], status: int | None, left: Left | None) -> None:
    assert requests_left(headers, status, NOW) == left


VALUES = st.one_of(
    st.text(max_size=300),
    st.from_regex(r"[0-9]{1,20}(ms|s|m|h)?", fullmatch=True),
    st.datetimes().map(datetime.isoformat),
    st.from_regex(r'"x";r=[0-9]{1,14};t=[0-9]{1,14}', fullmatch=True),
)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES), st.sampled_from([None, 200, 429, 503]))
def test_whatever_they_say_is_in_bounds(headers: dict[str, str], status: int | None) -> None:
    left = requests_left(headers, status, NOW)
    if left is not None:
        assert 0 <= left.requests < 2**31
        assert 0 <= left.seconds <= 86_400
