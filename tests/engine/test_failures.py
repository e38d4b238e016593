"""Whatever fails inside, no request goes on because of it: the decision is `block`.

The parts that fail stand in for real ones; what is tested is what the engine makes of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import NoReturn

import pytest

from epol.engine import Engine, Request, RequestError, ScanLimitError
from epol.engine.deciding.decider import Decider
from epol.engine.errors import EpolError, ModelUnavailableError
from epol.engine.policy import Policy
from epol.engine.signals.model import SignalModel
from epol.engine.text.limits import MAX_FOUND, MAX_TEXT
from epol.engine.text.service import TextService
from tests.engine.engines import GOOD, answering, bundle, bundle_of, decided

TEXT = "CANARY MRN 00482913"
NAMES = """policy names version "1"
label pii.name
detector people -> pii.name { model "names" class PER cost 18ms }
target ward { at local }
target azure { at cloud }
rule stays { when sends pii.name and target.at == cloud deny }
"""


def raising(error: BaseException) -> Callable[..., NoReturn]:
    def fail(*arguments: object, **named: object) -> NoReturn:
        raise error

    return fail


FAULTS = [
    RuntimeError("CANARY"),
    ValueError("CANARY"),
    KeyError("CANARY"),
    MemoryError("CANARY"),
    RecursionError("CANARY"),
    ModelUnavailableError("CANARY"),
    UnicodeEncodeError("utf-8", "CANARY", 0, 1, "CANARY"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_scanner_that_fails_blocks(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine.load(bundle())
    monkeypatch.setattr(TextService, "scan_segments", raising(fault))
    with caplog.at_level(logging.DEBUG):
        decision = decided(engine, TEXT)
    assert (decision.status, decision.order, decision.failure) == ("block", (), "internal-error")
    assert {reason.rule for reason in decision.reasons} == {"internal-error"}
    assert [reason.target for reason in decision.reasons] == ["ward", "site", "azure"]
    assert type(fault).__name__ in caplog.text
    assert "CANARY" not in caplog.text + str(decision.to_json())
    assert decided(engine).status == "route"  # without text, nothing has failed


def test_a_program_that_fails_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine.load(bundle())
    monkeypatch.setattr(Decider, "decide", raising(RuntimeError("CANARY")))
    decision = decided(engine)
    assert (decision.status, decision.failure) == ("block", "internal-error")
    produced = engine.decide(Request(flow="response", target="site"))
    assert (produced.status, list(produced.targets)) == ("block", ["site"])


def test_what_is_no_failure_of_ours_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine.load(bundle())
    monkeypatch.setattr(TextService, "scan_segments", raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        decided(engine, TEXT)


def test_attributes_that_are_no_mapping_block() -> None:
    engine = Engine.load(bundle())
    assert engine.decide(Request(None)).failure == "internal-error"  # type: ignore[arg-type]


def test_a_failed_decision_can_be_asked_everything() -> None:
    engine = Engine.load(bundle())
    decision = engine.decide(Request(GOOD, [("user", "x" * (MAX_TEXT + 1))]))
    assert (decision.status, decision.failure) == ("block", "scan-limit")
    shown = decision.to_json()
    assert shown["failure"] == "scan-limit"
    assert (decision.labels, decision.unknown, decision.skipped) == ({}, (), ())
    assert [target.permitted for target in decision.targets.values()] == [False] * 3
    assert decision.treatments("azure") == {}
    assert all("more scanning" in str(reason.because) for reason in decision.reasons)


def test_a_text_with_too_many_findings_is_blocked() -> None:
    text = " ".join(f"MRN {number:08}" for number in range(MAX_FOUND + 1))
    assert decided(Engine.load(bundle()), text).failure == "scan-limit"
    assert decided(Engine.load(bundle()), text[:60]).failure is None


def hard(models: Mapping[str, SignalModel]) -> Engine:
    return Engine.load(bundle(), models=models)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_model_that_fails_leaves_its_signal_unknown(
    fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        decision = decided(hard({"hard": raising(fault)}), TEXT)
    assert decision.order == ("ward", "site", "azure")  # a preference: unknown adds nothing
    assert [ran.name for ran in decision.ran] == ["m.hard"]
    assert "m.hard" in decision.unknown
    assert decision.failure is None
    assert "CANARY" not in caplog.text + str(decision.to_json())


@pytest.mark.parametrize("answer", [None, "CANARY", -1, 2, [0.9], {}, b"1"])
def test_an_answer_that_is_none_leaves_it_unknown_too(answer: object) -> None:
    decision = decided(hard({"hard": answering(answer)}))
    assert decision.target == "ward"
    assert "CANARY" not in str(decision.to_json())


def test_a_model_sees_the_request_and_its_answer_counts() -> None:
    seen: list[Request] = []

    def model(request: Request) -> float:
        seen.append(request)
        return 0.9

    request = Request(GOOD, [("user", TEXT)])
    decision = hard({"hard": model}).decide(request)
    assert seen == [request]
    assert (decision.target, decision.unknown) == ("azure", ("caller.tenant",))


@pytest.mark.parametrize(
    ("fault", "failure"),
    [(ScanLimitError("CANARY"), "scan-limit"), (RuntimeError("CANARY"), "internal-error"),
     (ModelUnavailableError("CANARY"), "internal-error")],
    ids=["limit", "defect", "unavailable"],
)  # fmt: skip
def test_a_detector_that_fails_blocks(
    fault: Exception, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine.load(bundle_of(NAMES))
    monkeypatch.setattr(TextService, "run_models", raising(fault))
    decision = engine.decide(Request(text=[("user", "Anna Berg")]))
    assert (decision.status, decision.failure) == ("block", failure)
    assert "CANARY" not in str(decision.to_json())


def test_a_detector_whose_model_is_not_here_leaves_its_label_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unavailable = raising(ModelUnavailableError("not installed"))
    monkeypatch.setattr("epol.engine.text.modelled.classifier", unavailable)
    decision = Engine.load(bundle_of(NAMES)).decide(Request(text=[("user", "Anna Berg")]))
    assert decision.order == ("ward",)
    assert decision.labels == {"pii.name": None}
    assert decision.unknown == ("pii.name",)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_batch_that_fails_inside_tells_nothing_of_the_requests(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine.load(bundle())
    monkeypatch.setattr(Policy, "decide_batch", raising(fault))
    with pytest.raises(EpolError) as caught:
        engine.decide_batch({"request.tokens": [1]})
    assert caught.value.__suppress_context__
    assert type(fault).__name__ in caplog.text
    assert "CANARY" not in str(caught.value) + caplog.text


def test_a_batch_with_a_bad_value_is_refused_without_its_words() -> None:
    engine = Engine.load(bundle())
    columns: list[dict[str, list[object]]] = [
        {"caller.tenant": [1]},
        {"no.such": ["CANARY"]},
        {"label:CANARY": [1]},
        {"caller.roles": [["CANARY"]]},
        {"request.tokens": [1, 2], "caller.tenant": ["x"]},
    ]
    for each in columns:
        with pytest.raises(RequestError) as caught:
            engine.decide_batch(each)
        assert "CANARY" not in str(caught.value)
