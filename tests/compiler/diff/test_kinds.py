"""Each kind of difference: on single requests by the definition, on all of them by the solver."""

from __future__ import annotations

import pytest

from epol.compiler.diff.kinds import MEANING, OFF_REQUEST, Kind
from tests.compiler.diff.comparing import EVERY, HEAD, LAST, judged, kinds, verdicts

STAYS = "rule x { when found pii and target.at == cloud deny }\n"
CASES: dict[str, tuple[str, str, str, dict[str, object], list[str]]] = {
    "a place": (
        "newly-permitted",
        STAYS,
        "",
        {"labels": {"pii.name": 1}},
        ["far", "cloud"],
    ),
    "a weaker treatment": (
        "less-treated",
        "rule x { redact pii }",
        "rule x { hash pii }",
        {"labels": {"pii.name": 1}},
        ["pii.name on dc", "pii.name on far", "pii.name on home"],
    ),
    "an unknown label": (
        "less-treated",
        "rule x { when target.name == far redact pii }",
        "",
        {"labels": {"pii.name": None}},
        ["pii.name on far"],
    ),
    "more characters kept": (
        "less-treated",
        "rule x { when target.name == far mask pii keep last 2 }",
        "rule x { when target.name == far mask pii keep last 3 }",
        {"labels": {"pii.name": 1}},
        ["pii.name on far"],
    ),
    "a finer generalization": (
        "less-treated",
        "rule x { when target.name == far generalize pii.date }",
        "rule x { when target.name == far generalize pii.date by month }",
        {"labels": {"pii.date": 1}},
        ["pii.date on far"],
    ),
    "a generalization that does not compare": (
        "less-treated",
        "rule x { when target.name == far generalize pii.date }",
        "rule x { when target.name == far generalize pii.date by zip3 }",
        {"labels": {"pii.date": 1}},
        ["pii.date on far"],
    ),
    "a way instead of none": (
        "less-treated",
        "rule x { when target.name == far generalize pii.name }",
        "rule x { when target.name == far generalize pii.name by zip3 }",
        {"labels": {"pii.name": 1}},
        ["pii.name on far"],
    ),
    "no way instead of one": (
        "treated-otherwise",
        "rule x { when target.name == far generalize pii.name by zip3 }",
        "rule x { when target.name == far generalize pii.name }",
        {"labels": {"pii.name": 1}},
        ["pii.name on far"],
    ),
    "another text": (
        "treated-otherwise",
        "rule x { when target.name == far redact pii }",
        'rule x { when target.name == far redact pii with "gone" }',
        {"labels": {"pii.name": 1}},
        ["pii.name on far"],
    ),
    "a block that is gone": (
        "no-longer-blocked",
        "rule x { when a.n > 50 block }",
        "",
        {"attributes": {"a.n": 51}},
        [""],
    ),
    "a block that is new": (
        "newly-blocked",
        "",
        "rule x { when a.n > 50 block }",
        {"attributes": {"a.n": 51}},
        [""],
    ),
    "a hold that is gone": (
        "no-longer-held",
        "rule x { when target.at == cloud hold }",
        "",
        {"attributes": {"a.n": 5}},
        ["far"],
    ),
    "a request that waits": (
        "newly-held",
        "rule x { when target.at == cloud hold }",
        "rule x { when target.at == cloud hold prefer 20 }",
        {"attributes": {"a.n": 5}},
        [""],
    ),
    "a request that waits no more": (
        "no-longer-held",
        "rule x { when target.at == cloud hold prefer 20 }",
        "rule x { when target.at == cloud hold }",
        {"attributes": {"a.n": 5}},
        [""],
    ),
    "a cap that is gone": (
        "limits-raised",
        "rule x { when target.at == cloud cap temperature 1 }",
        "",
        {},
        ["far"],
    ),
    "a cap that is higher": (
        "limits-raised",
        "rule x { when target.at == cloud cap reasoning_effort low }",
        "rule x { when target.at == cloud cap reasoning_effort high }",
        {},
        ["far"],
    ),
    "a tool more": (
        "limits-raised",
        'rule x { when target.at == cloud tools only "a" }',
        'rule x { when target.at == cloud tools only "a", "b" }',
        {},
        ["far"],
    ),
    "tools of any kind": (
        "limits-raised",
        "rule x { when target.at == cloud tools none }",
        "",
        {},
        ["far"],
    ),
    "a tool less": (
        "limits-lowered",
        'rule x { when target.at == cloud tools only "a", "b" }',
        'rule x { when target.at == cloud tools only "a", "c" }',
        {},
        ["far"],
    ),
    "a lower cap": (
        "limits-lowered",
        "rule x { when target.at == cloud cap temperature 1 }",
        "rule x { when target.at == cloud cap temperature 0.5 }",
        {},
        ["far"],
    ),
    "a dearer target": (
        "dearer",
        "",
        "rule x { when target.at == cloud prefer 20 }",
        {"attributes": {"request.tokens": 1000}},
        ["far"],
    ),
    "another target": (
        "routed-elsewhere",
        "",
        "rule x { when target.at == cloud prefer 20 }",
        {},
        ["far"],
    ),
    "a refused fallback": (
        "newly-refused",
        "",
        "rule x { when a.n == 7 and target.at == cloud deny }",
        {"attributes": {"a.n": 7}},
        ["far"],
    ),
    "fallbacks in another order": (
        "order-changed",
        "",
        "rule x { when target.at == cloud prefer 7 }",
        {},
        [""],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_kind_on_one_request_and_on_all(case: str) -> None:
    kind, old, new, request, subjects = CASES[case]
    assert judged(old, new, **request)[kind] == subjects
    verdict = verdicts(HEAD + LAST + old, HEAD + LAST + new)[kind, "request"]
    assert {*subjects} <= {str(each) for each in (*verdict.subjects, *verdict.alike)}


def test_every_kind_has_a_case_and_a_meaning() -> None:
    assert {case[0] for case in CASES.values()} == {*EVERY} == {str(kind) for kind in MEANING}


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_otherwise_under_one_policy(case: str) -> None:
    _, old, new, request, _ = CASES[case]
    for text in (old, new):
        assert judged(text, text, **request) == {}
        assert kinds(text, text) == {}


TWINS = {
    "an equal condition": ("rule x { when a.n > 50 block }", "rule y { when a.n >= 51 block }"),
    "parts of a rule": (
        "rule x { when a.n > 50 or a.b redact pii }",
        "rule x { when a.n > 50 redact pii } rule y { when a.b redact pii }",
    ),
    "a tag and a reason": (
        "rule x { when a.b deny }",
        'rule x { when a.b deny tag "t" because "no" }',
    ),
    "a score that moves nothing": ("", "rule x { when target.at == local prefer a.n }"),
    "a weaker rule beside a stronger one": (
        "rule x { redact pii }",
        "rule x { redact pii mask pii }",
    ),
    "tools in two lists": (
        'rule x { tools only "a", "b" } rule y { tools only "b", "c" }',
        'rule x { tools only "b" }',
    ),
    "unknown is no way round": (
        "rule x { when not (a.n < 5) deny }",
        "rule x { deny unless a.n < 5 }",
    ),
}


@pytest.mark.parametrize("case", TWINS)
def test_what_is_written_otherwise_may_be_proved_alike(case: str) -> None:
    assert kinds(*TWINS[case]) == {}


@pytest.mark.parametrize("flow", ["response", "tool_call"])
def test_other_flows_have_their_kinds_by_the_target_that_produced(flow: str) -> None:
    old = f"rule x {{ on {flow} when found pii and target.at == cloud deny redact pii hold }}"
    assert kinds(old, "", flow) == {"no-longer-blocked": ["far"]}
    assert kinds("", old, flow) == {"newly-blocked": ["far"]}
    assert kinds("", old) == {}
    held = f"rule x {{ on {flow} when target.name == dc hold cap temperature 1 mask pii }}"
    assert {*kinds(held, "", flow)} == {"no-longer-held", "limits-raised", "less-treated"}
    assert {*map(Kind, kinds(held, "", flow))} <= OFF_REQUEST


def test_a_dearer_request_is_shown_with_a_cent_where_that_can_be() -> None:
    new = HEAD + LAST + "rule x { when target.at == cloud prefer 20 }"
    [pair] = verdicts(HEAD + LAST, new)["dearer", "request"].witnesses
    old_cost, new_cost = pair.old.cost(), pair.new.cost()
    assert old_cost == 0
    assert new_cost is not None
    assert new_cost >= 10_000


def test_without_prices_nothing_is_dearer() -> None:
    bare = "target t { at local }\ntarget u { at cloud }\n"
    found = verdicts(bare, bare + "rule x { when target.at == cloud prefer 2 }")
    assert found["dearer", "request"].outcome == "none"
    assert found["routed-elsewhere", "request"].outcome == "found"
