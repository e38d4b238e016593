"""A decision holds no text of the request, wherever one looks."""

from __future__ import annotations

import copy
import gc
import json
import logging
import pickle
from collections.abc import Iterator
from typing import cast

import pytest

from epol.engine import Decision, Engine, Request, RequestError
from epol.engine.deciding.decider import Decider
from tests.engine.engines import GOOD, answering, bundle

CANARY = "Quetzalcoatl"
TEXT = [("user", f"{CANARY}: MRN 00482913, on-prem only"), ("tool", CANARY)]
ATTRIBUTES = {**GOOD, "caller.tenant": CANARY}


def broken(*arguments: object, **named: object) -> object:
    return int(CANARY)


def inside(value: object) -> Iterator[object]:
    """Everything that an object holds on to, itself included; classes and modules left out.

    The globals of a function lead everywhere, and so to this very test.
    """
    seen: dict[int, object] = {}
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type(json) | type) or is_globals(each):
            continue
        seen[id(each)] = each
        yield each
        waiting.extend(gc.get_referents(each))


def is_globals(value: object) -> bool:
    return isinstance(value, dict) and "__loader__" in cast(dict[object, object], value)


def has_canary(value: object) -> bool:
    return isinstance(value, str | bytes) and CANARY in str(value)


@pytest.fixture(params=["found", "blocked", "failed", "model", "response"])
def decision(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Decision:
    def model(request: Request) -> object:
        raise RuntimeError(CANARY)

    engine = Engine.load(bundle(), models={"hard": model} if request.param == "model" else {})
    if request.param == "response":
        return engine.decide(Request(ATTRIBUTES, TEXT, flow="response", target="site"))
    many = {"phi.mrn": 9} if request.param == "blocked" else {}
    if request.param == "failed":
        monkeypatch.setattr(Decider, "features", broken)
    return engine.decide(Request(ATTRIBUTES, TEXT, many))


def test_no_text_of_the_request_is_in_a_decision(decision: Decision) -> None:
    shown = json.dumps(decision.to_json(), default=str)
    for attribute in ("targets", "reasons", "unknown", "labels", "order", "ran", "skipped"):
        assert CANARY not in repr(getattr(decision, attribute))
    assert CANARY not in shown
    assert CANARY not in repr(decision) + str(decision)
    assert CANARY.encode() not in pickle.dumps(decision)
    assert not any(map(has_canary, inside(decision.__dict__)))


def test_a_decision_goes_to_another_process_whole(decision: Decision) -> None:
    for other in (pickle.loads(pickle.dumps(decision)), copy.deepcopy(decision)):
        assert other.to_json() == decision.to_json()
        assert (other.status, other.failure) == (decision.status, decision.failure)


def test_no_log_has_text_of_a_request(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine.load(bundle(), models={"hard": answering(CANARY)})
    with caplog.at_level(logging.DEBUG):
        engine.decide(Request(ATTRIBUTES, TEXT))
        with pytest.raises(RequestError):
            engine.decide(Request({**ATTRIBUTES, CANARY: CANARY}, TEXT))
        engine.decide_batch({"caller.tenant": [CANARY]})
        monkeypatch.setattr(Decider, "decide", broken)
        assert engine.decide(Request(ATTRIBUTES, TEXT)).failure == "internal-error"
    assert "ValueError" in caplog.text
    assert CANARY not in caplog.text
    assert not any(CANARY in str(record.__dict__) for record in caplog.records)


def test_a_request_that_is_printed_by_mistake_shows_no_content() -> None:
    assert CANARY not in repr(Request(ATTRIBUTES, TEXT)) + str(Request(ATTRIBUTES, TEXT))


def test_the_engine_keeps_nothing_of_a_request() -> None:
    engine = Engine.load(bundle())
    engine.decide(Request(ATTRIBUTES, TEXT))
    assert not any(map(has_canary, inside(engine.__dict__)))
