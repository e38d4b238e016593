"""Requests with random damage: refused with a RequestError, or decided."""

import json
import re
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.pipeline import compile_policy
from epol.lang.decision import Decision, to_json
from epol.lang.model import Policy
from epol.lang.request import RequestError, parse_json, read_request
from epol.lang.semantics import decide
from tests.fuzz.corpus import ROOT, share


def corpus() -> list[tuple[Policy, list[Any]]]:
    """The policies of the conformance cases that compile, with their requests."""
    found: list[tuple[Policy, list[Any]]] = []
    for path in sorted((ROOT / "conformance").rglob("cases.yaml")):
        policy = compile_policy(Path(path.parent / "policy.epol")).policy
        data: dict[str, list[dict[str, Any]] | None] = yaml.safe_load(path.read_text("utf-8"))
        requests = [case["request"] for case in data.get("cases") or [] if case.get("request")]
        if policy is not None and requests:
            found.append((policy, requests))
    return found


CORPUS = corpus()
ODD = [
    "NaN",
    "1e999",
    "-0",
    "null",
    "[]",
    "{}",
    '""',
    "1e-9",
    "9" * 50,
    '"\\ud800"',
    "true",
    "-1",
    '"5ms"',
]
VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null|[\[\]{}:,]')


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Policy, bytes]:
    """A request of a case, with some of its tokens or bytes changed."""
    policy, requests = draw(st.sampled_from(CORPUS))
    text = json.dumps(draw(st.sampled_from(requests)))
    tokens = VALUE.findall(text)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(len(tokens) - 1, 0)))
        tokens[at : at + 1] = draw(
            st.sampled_from([[odd] for odd in ODD]) | st.just([]) | st.just(tokens[at : at + 2] * 2)
        )
    data = bytearray(" ".join(tokens).encode())
    for _ in range(draw(st.integers(0, 1))):
        at = draw(st.integers(0, len(data)))
        data[at : at + 1] = draw(st.binary(max_size=2))
    return policy, bytes(data)


SEGMENT = st.fixed_dictionaries({"text": st.text()})


@st.composite
def shaped(draw: st.DrawFn) -> tuple[Policy, dict[str, object]]:
    """A request of the right shape with random values for the policy's own names."""
    policy, _ = draw(st.sampled_from(CORPUS))
    value = st.none() | st.booleans() | st.integers(-5, 2**33) | st.floats() | st.text(max_size=5)
    names = st.sampled_from([*policy.inputs, "x"])
    count = (
        st.none()
        | st.integers(0, 5)
        | st.dictionaries(
            st.sampled_from(["user", "system", "assistant", "tool"]), st.integers(0, 5)
        )
    )
    return policy, {
        "flow": draw(st.sampled_from(["request", "request", "response", "tool_call"])),
        "target": draw(st.sampled_from([None, *(target.name for target in policy.targets)])),
        "attributes": draw(st.dictionaries(names, value | st.lists(value), max_size=3)),
        "labels": draw(st.dictionaries(st.sampled_from([*policy.labels, "x"]), count, max_size=3)),
        "text": draw(st.none() | st.lists(SEGMENT, max_size=2)),
    }


def check(policy: Policy, obj: object) -> None:
    """A request is refused in words, or decided as the language says."""
    try:
        request = read_request(obj, policy)
    except RequestError:
        return
    decision = decide(policy, request)
    json.dumps(to_json(decision, policy), default=str)
    check_decision(decision, policy)


def check_decision(decision: Decision, policy: Policy) -> None:
    """What holds of every decision."""
    permitted = [name for name, target in decision.targets.items() if target.permitted]
    assert sorted(decision.order) == sorted(permitted)
    assert decision.target == (decision.order[0] if permitted else None)
    assert (decision.status == "block") == (not permitted)
    assert decision.targets.keys() <= {target.name for target in policy.targets}
    scores = [decision.targets[name].score for name in decision.order]
    assert scores == sorted(scores, reverse=True)
    assert all(-(2**63) <= score < 2**63 for score in scores)
    held = decision.target is not None and decision.targets[decision.target].hold
    assert (decision.status == "hold") == held


@share(20)
@given(damaged())
def test_a_damaged_request_is_refused_or_decided(given_: tuple[Policy, bytes]) -> None:
    policy, data = given_
    try:
        obj = parse_json(data)
    except RequestError:
        return
    check(policy, obj)


@share(20)
@given(shaped())
def test_a_request_with_any_values_is_refused_or_decided(
    given_: tuple[Policy, dict[str, object]],
) -> None:
    check(*given_)
