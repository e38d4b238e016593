"""A witness as a `test` block: it compiles, passes, and says the request whole."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

import pytest

from epol.compiler.testing import PASSED, run_test
from epol.compiler.witness import as_test
from epol.lang.model import Counts, Policy, Value
from epol.lang.request import Request
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests
from tests.lang.policies import policy as policy_of

EXAMPLES = """
detector a -> l.a { match /AA-\\d{3}/ example "an AA-123 here" example "AA-7 and AA-456 there" }
detector ay -> l.a.y { words "why", "wherefore" nocase }
detector b -> l.b { match /BB-\\d{3}/ example "BB-123." example "BB-123" example "BB-124 AA-001" }
detector c -> l.c { match /CC-\\d{3}/ }
"""


def plain(policy: Policy, request: Request) -> Request:
    """A request that a test can set: no defaults set to unknown, no empty or zero counts."""
    labels = {
        name: None if counts is None else {role: n for role, n in counts.items() if n}
        for name, counts in request.labels.items()
    }
    texts = {name: 0 for name, info in policy.inputs.items() if info.text is not None}
    found = {name: counts for name, counts in labels.items() if counts is None or counts}
    return replace(request, inputs={**texts, **request.inputs}, labels=found)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("detectors", ["", EXAMPLES], ids=["bare", "examples"])
def test_a_block_says_the_request_and_passes(seed: int, detectors: str) -> None:
    rng = Random(seed)
    text = policy_text(rng) + detectors
    before = compiled(text)
    assert before is not None
    requests = [plain(before, Requests(before).request(rng)) for _ in range(5)]
    blocks = [as_test(before, each, f'a "title" {i}') for i, each in enumerate(requests)]
    policy = compiled("\n".join([text, *blocks]))
    assert policy is not None
    assert len(policy.tests) == len(requests)
    for request, test in zip(requests, policy.tests, strict=True):
        outcome = run_test(policy, test, models=False)
        assert outcome.status == PASSED
        assert outcome.request is not None
        ran = plain(policy, outcome.request)
        assert (ran.flow, ran.target) == (request.flow, request.target)
        assert ran.labels == request.labels
        assert {**ran.inputs} == {**request.inputs}


CLINIC = """
attr a.n : int in 0 .. 9 default 1
signal text.digits : int from count /[0-9]/
label id.badge
label id.case
label id.word
label id.none
label id.name
detector badge -> id.badge { match /EMP-\\d{4}/ example "my badge is EMP-0042" }
detector old -> id.badge { match /OLD-\\d{4}/ example "OLD-0001 and EMP-0001" example "OLD-0002!" }
detector case -> id.case { match /case \\d+/ example "see case 12." example "case 7 EMP-1234" }
detector word -> id.word { words "swordfish", "sesame" }
detector none -> id.none { match /x{5}/ }
target t { at local }
rule r { when count id.badge > 1 or found id.name deny }
"""
MODEL = CLINIC + 'detector people -> id.name { model "names" class PER }'


def block(
    text: str,
    labels: Mapping[str, Counts] | None = None,
    inputs: Mapping[str, Value] | None = None,
) -> list[str]:
    """What stands in the block of a request, between title and expectation."""
    policy = policy_of(text)
    request = Request(labels=labels or {}, inputs=inputs or {})
    made = as_test(policy, request, "w")
    again = policy_of(text + made)
    outcome = run_test(again, again.tests[0], models=False)
    assert outcome.status == PASSED
    assert outcome.request is not None
    totals = {n: c for n, c in outcome.request.labels.items() if c is None or any(c.values())}
    assert totals == request.labels
    return [line.strip() for line in made.splitlines()[1:-2]]


@pytest.mark.parametrize(
    ("labels", "lines"),
    [
        ({"id.badge": {"user": 1}}, ['text "OLD-0002!"']),
        (
            {"id.badge": {"user": 3}},
            ['text "OLD-0002! my badge is EMP-0042; OLD-0002!"'],
        ),
        ({"id.badge": {"tool": 1}}, ['text tool "OLD-0002!"']),
        (
            {"id.badge": {"tool": 1}, "id.case": {"user": 1, "tool": 1}},
            ['text tool "OLD-0002! see case 12."', 'text "see case 12."'],
        ),
        ({"id.word": {"user": 1}}, ['text "swordfish"']),
        ({"id.none": {"user": 1}}, ["set label id.none = 1"]),
        (
            {"id.none": {"user": 2}, "id.badge": {"user": 1}},
            ['text "OLD-0002!"', "set label id.none = 2"],
        ),
        ({"id.badge": {"user": 31}}, ["set label id.badge = 31"]),
        ({"id.badge": None}, ["set label id.badge unknown"]),
        (
            {"id.badge": None, "id.case": {"user": 1}},
            ['text "see case 12."', "set label id.badge unknown"],
        ),
    ],
)
def test_labels_are_shown_as_text_where_detectors_have_examples(
    labels: Mapping[str, Counts], lines: list[str]
) -> None:
    assert block(CLINIC, labels=labels) == lines


def test_what_the_text_says_is_not_said_again() -> None:
    labels: dict[str, Counts] = {"id.badge": {"user": 1}}
    shown = 'text "OLD-0002!"'
    assert block(CLINIC, labels=labels, inputs={"text.digits": 4}) == [shown]
    assert block(CLINIC, labels=labels, inputs={"text.digits": 0}) == [
        shown,
        "set text.digits = 0",
    ]
    assert block(CLINIC, inputs={"text.digits": 0, "a.n": 2}) == ["set a.n = 2"]
    assert block(CLINIC, inputs={"text.digits": 3}) == ["set text.digits = 3"]


def test_labels_of_models_stay_as_they_are_whatever_reads_the_text() -> None:
    shown = 'text "OLD-0002!"'
    badge: dict[str, Counts] = {"id.badge": {"user": 1}}
    assert block(MODEL, labels=badge) == [shown, "set label id.name = 0"]
    assert block(MODEL, labels={**badge, "id.name": {"user": 2}}) == [
        shown,
        "set label id.name = 2",
    ]
    assert block(MODEL, labels={**badge, "id.name": None}) == [shown, "set label id.name unknown"]


def test_pieces_that_are_more_together_are_texts_of_their_own() -> None:
    text = """
label id.a
label id.b
detector a -> id.a { match /A\\d/ example "A1 A1 B1" example "A2" }
detector b -> id.b { match /B\\d/ example "B2" }
label id.c
detector c -> id.c { match /A2; B2/ }
target t { at local }
rule r { redact any }
"""
    assert block(text, labels={"id.a": {"user": 1}, "id.b": {"user": 1}}) == [
        'text "A2"',
        'text "B2"',
    ]


def test_text_that_holds_more_than_the_witness_is_not_used() -> None:
    text = """
label id.a
label id.b
detector a -> id.a { match /A\\d/ example "A1" }
detector b -> id.b { match /[AB]\\d/ example "B1" }
target t { at local }
rule r { redact any }
"""
    assert block(text, labels={"id.a": {"user": 1}}) == ["set label id.a = 1"]
    assert block(text, labels={"id.b": {"user": 1}}) == ['text "B1"']
