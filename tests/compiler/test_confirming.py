"""Replaying: evaluator and engine on the same request, and an honest word where one is missing."""

from importlib.metadata import EntryPoint
from random import Random

import pytest

from epol.compiler import confirming, deciding
from epol.compiler.confirming import Replay, doubts, replayed
from epol.engine.bundle.service import EngineService, EpolError
from epol.lang.model import Policy
from epol.lang.request import Request
from epol.lang.semantics import decide
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests
from tests.lang.policies import policy as policy_of

TEXT = """
attr a.n : int in 0 .. 9 default 1
attr a.risk : ratio from model "risk" cost 5ms
label pii.name
detector name -> pii.name { match /[A-Z][a-z]+/ }
target home { at local }
target far { at cloud }
rule r { when found pii.name and target.at == cloud deny because "stay" }
rule s { when a.risk > 0.5 and target.at == cloud prefer 3 }
"""


@pytest.mark.parametrize("seed", range(20))
def test_both_decide_the_same(seed: int) -> None:
    rng = Random(seed)
    policy = compiled(policy_text(rng))
    assert policy is not None
    requests = [Requests(policy).request(rng) for _ in range(10)]
    for request, replay in zip(requests, replayed(policy, requests), strict=True):
        assert (replay.agrees, replay.reason) == (True, None)
        assert {**replay.request.inputs} == {"text.digits": 0, **request.inputs}
        assert replay.decision == decide(policy, replay.request)


def test_text_counts_only_by_what_the_request_says_of_it() -> None:
    policy = policy_of(TEXT)
    request = Request(labels={}, text=(("user", "Ada"),))
    [replay] = replayed(policy, [request])
    assert replay.agrees is True
    assert replay.decision.order == ("home", "far")


def test_what_the_engine_skips_is_no_difference() -> None:
    policy = policy_of(TEXT + "rule out { when a.n > 5 block }")
    for inputs in ({"a.n": 9}, {"a.n": 2}):
        [replay] = replayed(policy, [Request(inputs=inputs)])
        assert (replay.agrees, replay.reason) == (True, None)


def test_the_program_is_made_once_for_a_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    policy, made = policy_of(TEXT + 'rule once { tag "x" }'), list[Policy]()

    def counting(wanted: Policy) -> EngineService:
        made.append(wanted)
        return deciding.engine_for(wanted)

    monkeypatch.setattr(confirming, "engine_for", counting)
    replayed(policy, [Request()])
    replayed(policy, [Request(inputs={"a.n": 2})])
    assert made == [policy]


def test_an_engine_that_decides_otherwise_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = policy_of(TEXT + 'rule wrong { tag "x" }')
    other = policy_of(TEXT + 'rule wrong { tag "y" }')

    def wrong(_: Policy) -> EngineService:
        return deciding.engine_for(other)

    monkeypatch.setattr(confirming, "engine_for", wrong)
    [replay] = replayed(policy, [Request()])
    assert (replay.agrees, replay.reason) == (False, "the engine decides otherwise: targets")
    told = "please report this: the evaluator confirms the witness, but the engine decides"
    assert (doubts([replay]) or "").startswith(told)


def test_a_request_that_the_engine_refuses_is_told() -> None:
    policy = policy_of(TEXT + 'rule range { tag "x" }')
    [replay] = replayed(policy, [Request(inputs={"a.n": 99})])
    assert replay.agrees is False
    assert (replay.reason or "").startswith("the engine refuses it: attributes: a.n")


def test_without_an_engine_the_reason_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = policy_of(TEXT + 'rule without { tag "x" }')

    def none(**_: str) -> list[EntryPoint]:
        return []

    monkeypatch.setattr(deciding, "entry_points", none)
    [replay] = replayed(policy, [Request()])
    assert (replay.agrees, replay.reason) == (None, "the engine is not installed here")
    assert replay.decision == decide(policy, Request())
    assert doubts([replay]) == (
        "the witness was not replayed on the engine: the engine is not installed here"
    )


def test_an_engine_that_cannot_be_loaded_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = EntryPoint("default", "epol.engine.no_such_module:Service", "epol.engine")

    def one(**_: str) -> list[EntryPoint]:
        return [missing]

    monkeypatch.setattr(deciding, "entry_points", one)
    with pytest.raises(EpolError, match="the engine cannot be loaded here: No module"):
        deciding.engine_for(policy_of(TEXT))


def test_agreement_leaves_no_doubt() -> None:
    decision = decide(policy_of(TEXT), Request())
    assert doubts([Replay(Request(), decision, agrees=True)]) is None
