"""Signals on demand: what is skipped could not have mattered, and what could is run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.compiler.emit.text import text_plan
from epol.compiler.lower import lower
from epol.engine.bundle.program import Program
from epol.engine.decision import Decision, PolicyName
from epol.engine.policy import Policy
from epol.engine.request import Request
from epol.engine.signals.model import SignalModel
from epol.engine.text.service import TextService
from tests.compiler.building import policy_of

HEAD = """
attr request.tokens : int in 0 .. 10k default 0
signal m.hard : ratio from model "hard" cost 2ms
signal m.kind : enum { a, b, c } from model "kind" cost 1ms
signal m.bad  : bool from model "bad" cost 9ms
signal m.size : int in 0 .. 100 from model "size" cost 5ms
label l.name
label l.id
detector people -> l.name { model "names" class PER cost 18ms }
detector ids -> l.id { match /ID-[0-9]{4}/ }
target near { at local }
target site { at premises }
target far { at cloud }
"""
RULES = (
    "rule r{i} {{ when m.hard >= 0.7 and target.at == cloud prefer 60 }}",
    "rule r{i} {{ when m.hard < 0.3 and target.at == cloud deny }}",
    "rule r{i} {{ when m.bad and target.at != local deny }}",
    "rule r{i} {{ when m.bad and request.tokens > 5k block }}",
    "rule r{i} {{ when m.kind == b tag \"b\" }}",
    "rule r{i} {{ when m.kind in {{ a, c }} and target.at == cloud cap max_output_tokens {i}k }}",
    "rule r{i} {{ score 10 * m.hard }}",
    "rule r{i} {{ when target.at == cloud score -20 * m.hard }}",
    "rule r{i} {{ when m.size * 2 > 90 hold }}",
    "rule r{i} {{ when m.size + request.tokens > 5k and target.at == cloud avoid 5 }}",
    "rule r{i} {{ when target.at == cloud tokenize l }}",
    "rule r{i} {{ when sends l.name and target.at == premises deny }}",
    "rule r{i} {{ when found l.name from user and m.bad tools none }}",
    "rule r{i} {{ when count l.name > 2 deny }}",
    "rule r{i} {{ when request.tokens > 5k and target.at != local deny }}",
    "rule r{i} {{ when request.tokens > 8k block }}",
    "rule r{i} {{ when target.at == local prefer 30 }}",
)  # fmt: skip
SIGNALS = ("m.hard", "m.kind", "m.bad", "m.size")


class Answers:
    """Models that answer what they are told to, and count how often they are asked."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = values
        self.asked: list[str] = []

    def models(self) -> dict[str, SignalModel]:
        return {name.removeprefix("m."): self._model(name) for name in SIGNALS}

    def _model(self, name: str) -> SignalModel:
        def model(request: Request) -> object:
            self.asked.append(name)
            return self.values[name]

        return model


@cache
def compiled(rules: tuple[str, ...]) -> tuple[Program, TextService]:
    policy = policy_of(HEAD + "\n".join(r.format(i=i + 1) for i, r in enumerate(rules)))
    return lower(policy), TextService(text_plan(policy))


def engine(rules: tuple[str, ...], answers: Answers) -> Policy:
    program, service = compiled(rules)
    return Policy(program, service, PolicyName("p", None, "d"), answers.models())


def verdict(decision: Decision) -> dict[str, object]:
    """What running a model may not change."""
    full = decision.to_json()
    targets: Any = full["targets"]
    parts = ("treatments", "caps", "tools", "tags", "hold")
    permitted = {
        name: {part: target[part] for part in parts}
        for name, target in targets.items()
        if target["permitted"]
    }
    return {"status": full["status"], "order": full["order"], "targets": permitted}


@st.composite
def situations(draw: st.DrawFn) -> tuple[tuple[str, ...], dict[str, object], dict[str, Any]]:
    rng = Random(draw(st.integers(0, 2**32)))
    rules = tuple(rng.sample(RULES, rng.randint(1, 7)))
    values: dict[str, object] = {
        "m.hard": rng.choice([0, 0.1, 0.29, 0.3, 0.5, 0.7, 0.9, 1]),
        "m.kind": rng.choice("abc"),
        "m.bad": rng.random() < 0.5,
        "m.size": rng.choice([0, 45, 46, 100]),
    }
    if rng.random() < 0.3:
        values[rng.choice(SIGNALS)] = None  # the model cannot tell
    request: dict[str, Any] = {"attributes": {"request.tokens": rng.choice([0, 6000, 9000])}}
    if rng.random() < 0.5:
        request["text"] = [{"role": rng.choice(["user", "tool"]), "text": "ID-1234"}]
    if rng.random() < 0.5:
        request["labels"] = {"l.name": rng.choice([None, 0, 1, 5])}
    return rules, values, request


@settings(max_examples=40)  # each compiles a policy
@given(situations())
def test_running_everything_says_the_same(
    given_: tuple[tuple[str, ...], dict[str, object], dict[str, Any]],
) -> None:
    rules, values, request = given_
    answers = Answers(values)
    lazy = engine(rules, answers).decide(Request.from_json(request), {})
    known = {name: value for name, value in values.items() if value is not None}
    eager_request = {**request, "attributes": {**request["attributes"], **known}}
    eager = engine(rules, Answers({})).decide(Request.from_json(eager_request), {})
    assert verdict(lazy) == verdict(eager)
    assert set(lazy.skipped).isdisjoint(answers.asked)
    assert len(answers.asked) == len(set(answers.asked))
    assert set(lazy.skipped).isdisjoint(lazy.unknown)


def decided(rules: tuple[str, ...], request: dict[str, Any], **values: object) -> Decision:
    answers = Answers({name: values.get(name.removeprefix("m.")) for name in SIGNALS})
    return engine(rules, answers).decide(Request.from_json(request), {})


HARD_IS_CLOUD, BLOCK_BIG = RULES[0], RULES[15]


def test_a_model_is_not_run_where_the_request_is_blocked_anyway() -> None:
    decision = decided((HARD_IS_CLOUD, BLOCK_BIG), {"attributes": {"request.tokens": 9000}})
    assert decision.status == "block"
    assert decision.skipped == ("m.hard",)
    assert decision.ran == ()


def test_a_model_is_run_where_it_chooses_the_target() -> None:
    decision = decided((HARD_IS_CLOUD,), {}, hard=0.9)
    assert decision.target == "far"
    assert [ran.name for ran in decision.ran] == ["m.hard"]
    assert decision.skipped == ()


def test_a_model_that_no_rule_reads_is_neither_run_nor_named() -> None:
    decision = decided((RULES[16],), {})
    assert (decision.ran, decision.skipped) == ((), ())


def test_the_cheaper_model_may_spare_the_dearer() -> None:
    rules = ("rule r{i} {{ when m.kind == a and m.bad and target.at != local deny }}",)
    decision = decided(rules, {}, kind="b", bad=True)
    assert [ran.name for ran in decision.ran] == ["m.kind"]
    assert decision.skipped == ("m.bad",)


@pytest.mark.parametrize("answer", ["far too hard", 7, float("nan"), [1], None])
def test_an_answer_that_is_none_leaves_the_signal_unknown(answer: object) -> None:
    rules = ("rule r{i} {{ when m.hard >= 0.7 and target.at != local deny }}",)
    decision = decided(rules, {}, hard=answer)
    assert decision.order == ("near",)
    assert decision.unknown == ("m.hard",)


def test_a_model_that_fails_leaves_the_signal_unknown() -> None:
    def broken(request: Request) -> object:
        raise RuntimeError("MRN 00482913")

    rules = ("rule r{i} {{ when m.hard >= 0.7 and target.at != local deny }}",)
    program, service = compiled(rules)
    policy = Policy(program, service, PolicyName("p", None, "d"), {"hard": broken})
    decision = policy.decide(Request(), {})
    assert decision.order == ("near",)
    assert decision.unknown == ("m.hard",)
