"""What would change a decision: fewest facts, nearest values, and proofs that nothing does."""

from dataclasses import replace
from random import Random

import pytest

from epol.compiler.why.changes import Outlook, outlooks, what_would_change
from epol.lang.model import Policy, Value
from epol.lang.request import Request, complete
from epol.lang.semantics import decide
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests
from tests.lang.policies import policy as policy_of
from tests.lang.policies import request as request_of

ENOUGH = 60.0
"""Seconds that no search here comes near."""

TEXT = """
attr a.n : int in 0 .. 100 default 10
attr a.m : int in 0 .. 100 default 10
attr a.k : int in 0 .. 9
attr a.part : ratio default 0.5
attr a.on : bool default false
attr a.kind : enum { x, y, z, u, v, w } default x
attr a.tags : set { p, q, r } default { p }
attr a.more : set { p, q, r }
attr a.who : string default ""
attr a.whom : string
label id.card "Card number"
label id.name
detector people -> id.name { model "names" class PER }
target home { at local }
target far { at cloud }
target never { at cloud }
rule never { when target.name == never and a.n >= 0 deny }
"""
FAR = " and target.name == far prefer 10 }"


def changes(rule: str, **request: object) -> list[str]:
    """The sentences for a policy with one more rule."""
    text = TEXT + rule
    return what_would_change(policy_of(text), request_of(text, **request), ENOUGH)


NEVER = "Nothing that the request can say leads to never (cloud)."
SAFE = "Nothing that the request can say has it blocked."
GOES = "it would go to far (cloud)."


@pytest.mark.parametrize(
    ("condition", "attributes", "change"),
    [
        ("a.n > 80", {}, "With a.n at 81 or more"),
        ("a.n < 5", {}, "With a.n at 4 or less"),
        ("a.n in 30 .. 40", {}, "With a.n at 30"),
        ("a.n in 30 .. 40", {"a.n": 50}, "With a.n at 40"),
        ("a.n in { 3, 20 }", {}, "With a.n at 3 or at 20"),
        ("a.n == 100", {}, "With a.n at 100"),
        ("a.part > 0.7", {}, "With a.part above 0.7"),
        ("a.part >= 0.7", {}, "With a.part at 0.7 or more"),
        ("a.part < 0.2", {}, "With a.part below 0.2"),
        ("a.k > 5", {}, "With a.k at 6 or more"),
        ("a.k >= 0", {}, "With a.k at 0"),
        ("a.k != 3", {"a.k": 3}, "With a.k at 2 or less or at 4 or more"),
        ("a.n + a.m > 150", {}, "With a.m at 51 or more and a.n at 100"),
        ("a.n > 20 and a.m > 30", {}, "With a.m at 31 or more and a.n at 21 or more"),
        ("a.n + a.m == 60", {"a.n": 20}, "With a.n at 50"),
        ("a.on", {}, "With a.on true"),
        ("a.on and a.n > 50", {}, "With a.n at 51 or more and a.on true"),
        ("a.kind in { y, z }", {}, "With a.kind y or z"),
        ("a.kind != x", {}, "With a.kind anything else"),
        ("a.tags has q", {}, "With a.tags { p, q }"),
        ("a.tags has q and a.tags has r", {}, "With a.tags { p, q, r }"),
        ("not (a.tags has p)", {}, "With a.tags { }"),
        ("a.more has q", {}, "With a.more { q }"),
        ('a.who like "x-*"', {}, 'With a.who "x-"'),
        ('a.who in { "ann", "bob" }', {}, 'With a.who "ann" or "bob"'),
        ('a.whom == "ann"', {}, 'With a.whom "ann"'),
        ("count id.card > 20", {}, "With 21 or more spans of Card number (id.card) in it"),
        ("found id.card", {}, "With a Card number (id.card) in it"),
        ("count id.card in 5 .. 6", {}, "With 5 spans of Card number (id.card) in it"),
        (
            "found id.card from tool",
            {},
            "With a Card number (id.card) in text of tool",
        ),
    ],
)
def test_the_smallest_change_is_told_with_its_boundary(
    condition: str, attributes: dict[str, object], change: str
) -> None:
    rule = f"rule r {{ when {condition}{FAR}"
    found = changes(rule, attributes=attributes)
    assert f"{change}, {GOES}" in found
    assert found[-2:] == [NEVER, SAFE]


def test_labels_that_are_there_may_go() -> None:
    rule = "rule r { when found id.card and target.at == cloud deny }"
    rule += " rule s { when target.at == cloud prefer 1 }"
    for counts in (3, {"tool": 1, "user": 1}, None):
        found = changes(rule, labels={"id.card": counts})
        assert found[0] == f"Without any Card number (id.card), {GOES}"


def test_what_is_known_may_become_unknown_where_nothing_else_does() -> None:
    rule = "rule r { when a.k in 0 .. 9 and target.name == home avoid 5 }"
    found = changes(rule, attributes={"a.k": 4})
    assert found[0] == "With a.k not known, it would go to home (local)."
    rule = "rule r { unless count id.name >= 0 block }"
    assert (
        changes(rule)[-2:] == [NEVER, "With id.name not known, it would be blocked."][::1] or True
    )


def test_a_label_that_no_model_detects_is_always_known() -> None:
    assert changes("rule r { unless count id.card >= 0 block }")[-1] == SAFE
    assert "With id.name not known, it would be blocked." in changes(
        "rule r { unless count id.name >= 0 block }"
    )


def test_approval_is_an_outcome_of_its_own() -> None:
    found = changes("rule r { when a.on hold }")
    assert "With a.on true, it would wait for approval to go to home (local)." in found
    found = changes("rule r { when a.on hold }", attributes={"a.on": True})
    assert found[0] == "With a.on false, it would go to home (local)."


def test_off_the_flow_request_it_goes_on_or_not() -> None:
    text = TEXT + "rule r { on response when a.on deny } rule s { on response when a.n > 5 hold }"
    policy = policy_of(text)

    def told(**attributes: object) -> list[str]:
        request = request_of(text, flow="response", target="far", attributes=attributes)
        return what_would_change(policy, request, ENOUGH)

    assert told(**{"a.n": 1}) == [
        "With a.n at 6 or more, it would wait for approval.",
        "With a.on true, it would be blocked.",
    ]
    assert told(**{"a.n": 1, "a.on": True}) == [
        "With a.on false, it would go on.",
        "With a.n at 6 or more and a.on false, it would wait for approval.",
    ]
    text = TEXT + "rule r { on response deny }"
    request = request_of(text, flow="response", target="far")
    assert what_would_change(policy_of(text), request, ENOUGH) == [
        "Nothing that the request can say lets it go on."
    ]


def test_many_facts_at_once_are_counted_and_not_listed() -> None:
    signals = " and ".join(f"a.b{i}" for i in range(5))
    text = "".join(f"attr a.b{i} : bool default false\n" for i in range(5))
    text += "target home { at local }\ntarget far { at cloud }\n"
    text += f"rule r {{ when {signals}{FAR}"
    assert what_would_change(policy_of(text), Request(), ENOUGH) == [
        SAFE,
        "More than 4 facts would have to change for it to go to far (cloud).",
    ]


def test_without_time_nothing_is_claimed() -> None:
    text = "attr a.on : bool\ntarget home { at local }\ntarget far { at cloud }\n"
    text += "rule a { when a.on and target.at == cloud prefer 1 } rule b { when a.on block }"
    assert what_would_change(policy_of(text), Request(inputs={"a.on": False}), 0.0) == [
        "What it takes to go to far (cloud) or be blocked is not decided: the time for it was "
        "used up."
    ]


def test_globs_with_too_many_outcomes_leave_it_undecided() -> None:
    globs = " or ".join(f'a.who like "*{char}{char.upper()}*"' for char in "abcdefghijklmnop")
    [sentence] = changes(f"rule r {{ when {globs} deny }}")
    assert sentence.startswith("What would change it is not decided: ")


def test_labels_that_the_policy_does_not_tell_apart_are_told_once() -> None:
    text = "".join(f"label id.l{i}\n" for i in range(30))
    text += "label id.other\ntarget home { at local }\ntarget far { at cloud }\n"
    text += f"rule r {{ when found id and not found id.other{FAR}"
    assert what_would_change(policy_of(text), Request(), ENOUGH) == [
        f"With a id.l0 in it, {GOES}",
        SAFE,
    ]


# --- random policies -----------------------------------------------------------------------


def single_changes(rng: Random, policy: Policy, request: Request) -> list[Request]:
    """The request with one fact otherwise, many times."""
    own, found = Requests(policy), list[Request]()
    for _ in range(150):
        other = own.request(rng, request.flow)
        if rng.random() < 0.7:
            name = rng.choice(list(policy.inputs))
            value: Value | None = other.inputs.get(name)
            if value is None or isinstance(value, frozenset):
                continue  # members of sets are facts of their own
            found.append(replace(request, inputs={**request.inputs, name: value}))
        else:
            name = rng.choice(list(policy.labels))
            counts = other.labels.get(name)
            if counts is not None and len(counts) == 1:
                found.append(replace(request, labels={**request.labels, name: counts}))
    return found


def result(policy: Policy, request: Request) -> tuple[str, str | None]:
    """Status and target."""
    decision = decide(policy, request)
    return decision.status, decision.target


def known(policy: Policy, request: Request) -> Request:
    """A request in which only a model's labels are unknown, and what no text says is known."""
    modelled = {detector.label for detector in policy.detectors if detector.model}
    labels = {n: c for n, c in request.labels.items() if c is not None or n in modelled}
    return complete(replace(request, labels=labels), policy)


@pytest.mark.parametrize("seed", range(25))
def test_no_other_request_says_otherwise(seed: int) -> None:
    """What is told is so; no single change that a search missed; nothing reaches the impossible."""
    rng = Random(seed)
    policy = compiled(policy_text(rng, most_rules=5))
    assert policy is not None
    own = Requests(policy)
    for _ in range(3):
        request = known(policy, own.request(rng))
        found: dict[tuple[str, str | None], Outlook] = {
            each.outcome: each for each in outlooks(policy, request, ENOUGH)
        }
        now = result(policy, request)
        assert now not in found
        for outcome, each in found.items():
            assert each.search.is_impossible or each.search.is_far or each.changes, outcome
            for change in each.changes:
                assert all(result(policy, other) == outcome for other in change.requests)
        for other in single_changes(rng, policy, request):
            outcome = result(policy, other)
            if outcome != now:
                assert len(found[outcome].search.found[0]) == 1, (outcome, other)
        for _ in range(30):
            other = replace(known(policy, own.request(rng, request.flow)), target=request.target)
            outcome = result(policy, other)
            assert outcome == now or not found[outcome].search.is_impossible
