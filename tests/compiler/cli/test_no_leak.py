"""Nothing that a request says comes back in an error, a decision or an explanation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.compiler.cli.running import CLOUDY, HEAD, WARD, epolc, write

CANARY = "CANARY Patient MRN 00482913"
POLICY = (
    HEAD
    + WARD
    + CLOUDY
    + """label phi.mrn
attr a.e : enum { x, y }
attr a.s : set { x, y }
attr a.t : string
attr a.d : duration
attr a.m : money
attr a.z : size
attr a.i : int
attr a.b : bool
rule r { when a.t == "x" or found phi deny because "no" }
"""
)


def _places() -> Iterator[Any]:
    """Requests with the canary in every place that can hold a string."""
    for name in ("a.e", "a.t", "a.d", "a.m", "a.z", "a.i", "a.b", "nobody", CANARY):
        yield {"attributes": {name: CANARY}}
    yield {"attributes": {"a.s": [CANARY]}}
    yield {"attributes": CANARY}
    yield {"labels": {"phi.mrn": CANARY}}
    yield {"labels": {CANARY: 1}}
    yield {"labels": {"phi.mrn": {CANARY: 1}}}
    yield {"labels": {"phi.mrn": {"user": CANARY}}}
    yield {"text": CANARY}
    yield {"text": [CANARY]}
    yield {"text": [{"role": CANARY, "text": "x"}]}
    yield {"text": [{"role": "user", "text": CANARY}]}
    yield {"text": [{"role": "user", "text": "x", CANARY: 1}]}
    yield {"text": [{"role": "user", "text": [CANARY]}]}
    yield {"flow": CANARY}
    yield {"target": CANARY}
    yield {"flow": "response", "target": CANARY}
    yield {CANARY: 1}
    yield [CANARY]
    yield CANARY


@pytest.mark.parametrize("request_", list(_places()), ids=lambda r: json.dumps(r)[:60])
@pytest.mark.parametrize("options", [["--request", "-"], ["--requests", "-"]])
def test_no_place_of_a_request_is_repeated(
    tmp_path: Path, request_: object, options: list[str]
) -> None:
    path = write(tmp_path, POLICY)
    for explain in ([], ["--explain"]):
        ran = epolc("decide", path, *options, *explain, stdin=json.dumps(request_))
        assert "CANARY" not in ran.out + ran.err
        assert "00482913" not in ran.out + ran.err


@given(st.text(min_size=1), st.integers(0, 200))
def test_broken_json_is_not_repeated(
    tmp_path_factory: pytest.TempPathFactory, junk: str, cut: int
) -> None:
    path = write(tmp_path_factory.mktemp("p"), POLICY)
    text = json.dumps({"text": [{"role": "user", "text": CANARY}], "labels": {"phi.mrn": 1}})
    body = text[:cut] + junk + text[cut:]
    ran = epolc("decide", path, "--request", "-", stdin=body.encode("utf-8", "replace"))
    assert "00482913" not in ran.out + ran.err
