"""Batches: row by row what single decisions say."""

from __future__ import annotations

import datetime
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from epol.engine.deciding.batch import CHUNK, STATUSES, Batch
from epol.engine.deciding.columns import OnScale
from epol.engine.errors import RequestError
from epol.engine.policy import Policy
from epol.engine.request import Request
from tests.compiler.building import policy_of
from tests.engine.deciding.agreeing import engine_policy

DECLARED = """
attr a.count   : int in -5 .. 20
attr a.ratio   : ratio default 0.5
attr a.wait    : duration
attr a.money   : money default $1
attr a.flag    : bool
attr a.kind    : enum { x, y, z }
attr a.roles   : set { p, q }
attr a.tenant  : string
label l.a
label l.b
"""
RULES = """
rule r1 { when a.count > 3 and target.at == cloud deny }
rule r2 { when a.ratio >= 0.7 prefer 10 }
rule r3 { when a.wait > 80ms or a.flag and target.at == local avoid 20 }
rule r4 { when a.kind in { x, z } hold }
rule r5 { when a.roles has p only target.at == local }
rule r6 { when a.tenant like "eu-*" and not found l.a score -3 * a.money / $0.01 }
rule r7 { when a.tenant == "us" block }
rule r8 { when count l.a + count l.b > 4 and target.name == t0 deny }
rule r9 { score if(a.flag, a.count, min(a.count * 2, 7)) }
"""


@cache
def engine(targets: int) -> Policy:
    places = ("local", "premises", "cloud")
    lines = [f"target t{i} {{ at {places[i % 3]} }}" for i in range(targets)]
    return engine_policy(policy_of(DECLARED + "\n".join(lines) + RULES))


def row(rng: Random) -> dict[str, Any]:
    """The attributes and counts of one request, as JSON would have them."""

    def some(value: object) -> object:
        return None if rng.random() < 0.2 else value

    return {
        "a.count": some(rng.randint(-5, 20)),
        "a.ratio": some(rng.choice([0, 0.25, 0.7, 0.699999, 1.0])),
        "a.wait": some(rng.choice(["4ms", "80ms", "1.5s"])),
        "a.money": some(rng.choice(["$0.01", "$4.50"])),
        "a.flag": some(rng.random() < 0.5),
        "a.kind": some(rng.choice("xyz")),
        "a.roles": some(rng.sample(["p", "q"], rng.randint(0, 2))),
        "a.tenant": some(rng.choice(["eu-1", "us", "", "other"])),
        "label:l.a": some(rng.choice([0, 1, 5])),
        "label:l.b": some(rng.choice([0, 2])),
    }


def single(policy: Policy, values: dict[str, Any]) -> dict[str, Any]:
    labels = {k.removeprefix("label:"): v for k, v in values.items() if k.startswith("label:")}
    attributes = {k: v for k, v in values.items() if not k.startswith("label:")}
    return policy.decide(Request(attributes, labels=labels), {}).to_json()


def assert_same(policy: Policy, batch: Batch, index: int, values: dict[str, Any]) -> None:
    wanted = single(policy, values)
    names = batch.targets
    places: list[int] = batch.order[index].tolist()
    order = [names[place] for place in places if place >= 0]
    assert STATUSES[batch.status[index]] == wanted["status"]
    assert order == wanted["order"]
    assert (names[batch.target[index]] if batch.target[index] >= 0 else None) == wanted["target"]
    for place, name in enumerate(names):
        target = wanted["targets"][name]
        assert bool(int(batch.permitted[index]) >> place & 1) == target["permitted"]
        assert bool(int(batch.held[index]) >> place & 1) == target["hold"]
        assert Decimal(int(batch.score[index, place])) / 1_000_000 == target["score"]
        fired = [rule for rule, masks in batch.fired.items() if int(masks[index]) >> place & 1]
        assert fired == target["fired"]


@pytest.mark.parametrize("targets", [1, 2, 3, 5, 8, 9, 17, 33, 64])
def test_a_batch_says_what_single_decisions_say(targets: int) -> None:
    rng = Random(targets)
    rows = [row(rng) for _ in range(CHUNK + 90)]
    columns = {name: [values[name] for values in rows] for name in rows[0]}
    batch = engine(targets).decide_batch(columns, {}, fired=True)
    assert len(batch) == len(rows)
    for index in (*range(70), *range(CHUNK - 5, CHUNK + 90)):
        assert_same(engine(targets), batch, index, rows[index])


def test_numpy_columns_mean_what_their_values_mean() -> None:
    waits = [4_000, 80_000, 80_001]
    columns: dict[str, Any] = {
        "a.count": np.array([3, 4, -5], np.int16),
        "a.ratio": np.array([0.7, 0.69, 1]),
        "a.wait": np.array([datetime.timedelta(microseconds=w) for w in waits], "timedelta64[us]"),
        "a.money": OnScale(np.array([10_000, 0, 4_500_000])),
        "a.flag": np.array([True, False, True]),
        "a.kind": np.array(["x", "y", "z"]),
    }
    rows = [
        {"a.count": 3, "a.ratio": 0.7, "a.wait": "4ms", "a.money": "$0.01", "a.flag": True,
         "a.kind": "x"},
        {"a.count": 4, "a.ratio": 0.69, "a.wait": "80ms", "a.money": "$0", "a.flag": False,
         "a.kind": "y"},
        {"a.count": -5, "a.ratio": 1, "a.wait": "80001us", "a.money": "$4.50", "a.flag": True,
         "a.kind": "z"},
    ]  # fmt: skip
    batch = engine(8).decide_batch(columns, {}, fired=True)
    for index, values in enumerate(rows):
        assert_same(engine(8), batch, index, values)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_floats_are_floored_as_single_requests_are(values: list[float]) -> None:
    batch = engine(3).decide_batch({"a.ratio": np.array(values)}, {}, fired=True)
    for index, value in enumerate(values):
        assert_same(engine(3), batch, index, {"a.ratio": value})


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a.count": [1], "a.flag": [True, False]}, "one length"),
        ({"a.count": np.array([1, 21])}, "outside the range"),
        ({"a.count": [1, 21]}, "outside the range"),
        ({"a.ratio": np.array([0.5, np.nan])}, "too large, or none"),
        ({"a.ratio": np.array([np.inf])}, "too large, or none"),
        ({"a.wait": np.array([4000])}, "a duration"),
        ({"a.wait": np.array(["NaT"], "timedelta64[us]")}, "no duration"),
        ({"a.count": np.array([2**63], np.uint64)}, "outside the range"),
        ({"a.flag": np.array([1, 0])}, "true or false"),
        ({"a.kind": ["x", "w"]}, "one of x, y, z"),
        ({"b.count": [1]}, "not an attribute"),
        ({"label:l.a": [-1]}, "whole number"),
        ({"label:l.z": [1]}, "not a label"),
        ({"a.count": 5}, "an array or a list"),
        ({"a.count": None}, "an array or a list"),
        ({"a.count": OnScale(np.array(["CANARY"]))}, "int64"),
        ({"a.count": OnScale(np.array([2**70], object))}, "int64"),
        ({"a.count": OnScale(np.array([1.5]))}, "int64"),
        ({"a.count": OnScale(np.array([[1]]))}, "one row"),
        ({"a.tenant": OnScale(np.array([0]))}, "for numbers"),
        ({"a.flag": OnScale(np.array([1]))}, "for numbers"),
    ],
)
def test_bad_columns_are_refused(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        engine(3).decide_batch(columns, {})


def test_columns_that_nobody_declares_are_ignored_if_asked() -> None:
    columns: dict[str, Any] = {"b.count": [1, 2], "label:l.z": [1, 1], "a.count": [1, 9]}
    batch = engine(3).decide_batch(columns, {}, strict=False)
    assert len(batch) == 2


def test_no_requests_are_no_decisions() -> None:
    assert len(engine(3).decide_batch({"a.count": np.array([], np.int64)}, {})) == 0
    assert len(engine(3).decide_batch({}, {})) == 0


def test_signals_stand_in_where_a_column_gives_nothing() -> None:
    signals = {"a.flag": True, "a.count": 7}
    columns: dict[str, Any] = {"a.count": [1, None, 9]}
    batch = engine(3).decide_batch(columns, signals, fired=True)
    for index, count in enumerate([1, 7, 9]):
        assert_same(engine(3), batch, index, {"a.count": count, "a.flag": True})


class Column:
    """As pyarrow's: an array of nullable values."""

    def __init__(self, values: list[Any]) -> None:
        self._values = values
        self.null_count = values.count(None)

    def to_numpy(self) -> NDArray[np.generic]:
        return np.array(self._values)

    def to_pylist(self) -> list[Any]:
        return self._values


class Table:
    """As pyarrow's: named columns."""

    column_names: tuple[str, ...] = ("a.count", "a.flag")

    def column(self, i: str) -> Column:
        return Column([4, 1]) if i == "a.count" else Column([None, True])


def test_a_table_with_nulls_is_read_by_name() -> None:
    table: Any = Table()
    batch = engine(3).decide_batch(table, {}, fired=True)
    assert_same(engine(3), batch, 0, {"a.count": 4})
    assert_same(engine(3), batch, 1, {"a.count": 1, "a.flag": True})
