"""Policies that do not declare the same: what one request is under both."""

from __future__ import annotations

from random import Random

import pytest

from epol.compiler.diff.conditions import Asked
from epol.compiler.diff.judge import Pair
from epol.compiler.diff.kinds import WHOLE, Kind
from epol.compiler.diff.search import FOUND, NONE, UNDECIDED, search
from epol.compiler.smt.formula import Formula
from epol.lang.claims import visible_in
from epol.lang.semantics import decide
from tests.compiler.diff.comparing import verdicts
from tests.differential.pairs import joint, two

T = "target t { at local }\ntarget u { at cloud }\n"


def found(old: str, new: str) -> set[str]:
    """The kinds that are found on requests."""
    every = verdicts(T + old, T + new)
    return {kind for (kind, flow), v in every.items() if flow == "request" and v.outcome == FOUND}


def witness(old: str, new: str, kind: str) -> Pair:
    """The one request that shows a kind."""
    [pair] = verdicts(T + old, T + new)[kind, "request"].witnesses
    return pair


def number(pair: Pair, name: str) -> int:
    """What NEW is given."""
    value = pair.new.request.inputs[name]
    assert isinstance(value, int)
    return value


def test_a_default_that_changes_matters_where_nothing_is_given() -> None:
    old, new = (f"attr a.n : int default {n}\nrule r {{ when a.n > 4 block }}" for n in (4, 5))
    pair = witness(old, new, "newly-blocked")
    assert (pair.old.request.inputs, pair.new.request.inputs) == ({}, {})


def test_a_default_that_is_gone_leaves_it_unknown() -> None:
    old = "attr a.n : int default 4\nrule r { when a.n > 4 block }"
    new = "attr a.n : int\nrule r { when a.n > 4 block }"
    pair = witness(old, new, "newly-blocked")
    assert (pair.old.request.inputs, pair.new.request.inputs) == ({}, {})
    assert found(new, old) == {"no-longer-blocked", "newly-permitted"}


def test_a_given_value_is_one_that_both_allow() -> None:
    old = "attr a.n : int in 0 .. 10 default 1\nrule r { when a.n > 8 block }"
    new = "attr a.n : int in 0 .. 20 default 1\nrule r { when a.n > 8 and a.n <= 10 block }"
    assert found(old, new) == set()
    assert found(old, new.replace("<= 10", "<= 9")) == {"no-longer-blocked", "newly-permitted"}


def test_ranges_without_a_common_value_leave_the_defaults() -> None:
    old = "attr a.n : int in 0 .. 10 default 1\nrule r { when a.n == 1 block }"
    new = "attr a.n : int in 20 .. 30 default 21\nrule r { when a.n == 21 block }"
    assert found(old, new) == set()
    never = "attr a.n : int in 20 .. 30\nrule r { when a.n == 21 block }"
    assert found(old, never) == set()
    assert found('attr a.n : int in 0 .. 9\nrule r { when a.n > 2 tag "t" prefer 1 }', never) == {
        "newly-blocked",
        "newly-refused",
    }


def test_members_of_an_enum_are_the_same_by_name() -> None:
    old = "attr a.e : enum { x, y, z } default x\nrule r { when a.e == z block }"
    new = "attr a.e : enum { z, w, x } default x\nrule r { when a.e == z block }"
    assert found(old, new) == set()
    pair = witness(old, new.replace("a.e == z", "a.e == x"), "no-longer-blocked")
    assert pair.old.request.inputs == pair.new.request.inputs == {"a.e": "z"}
    apart = "attr a.e : enum { v } default v\nrule r { when a.e == v block }"
    assert "newly-blocked" in found(old, apart)


def test_members_of_a_set_that_one_side_has_are_not_given() -> None:
    old = "attr a.s : set { p, q } default { p }\nrule r { when a.s has q block }"
    new = "attr a.s : set { q, r } default { }\nrule r { when a.s has q or a.s has r block }"
    assert found(old, new) == set()
    assert "newly-blocked" in found(old, new.replace("default { }", "default { r }"))


def test_types_without_a_common_value_are_two_facts() -> None:
    old = "attr a.n : int default 1\nrule r { when a.n > 5 block }"
    new = "attr a.n : duration default 1s\nrule r { when a.n > 5s block }"
    pair = witness(old, new, "newly-blocked")
    assert number(pair, "a.n") > 5_000_000
    assert found(old, "attr a.n : bool\nrule r { when a.n block }") >= {"newly-blocked"}


def test_strings_are_compared_with_what_either_policy_asks() -> None:
    old = 'attr a.t : string default "eu"\nrule r { when a.t like "eu*" block }'
    new = (
        'attr a.t : string default "eu-west"\n'
        'rule r { when a.t like "*eu*" and not (a.t like "?*eu*") block }'
    )
    assert found(old, new) >= {"no-longer-blocked"}, "eueu begins with eu"
    assert (
        found(old, 'attr a.t : string default "euro"\nrule r { when a.t like "eu*" block }')
        == set()
    )
    pair = witness(old, 'attr a.t : string\nrule r { when a.t == "us" block }', "newly-blocked")
    assert pair.new.request.inputs in ({}, {"a.t": "us"})


def test_what_one_side_declares_may_be_anything_there() -> None:
    new = "attr a.n : int default 0\nrule r { when a.n > 5 block }"
    pair = witness("", new, "newly-blocked")
    assert pair.old.request.inputs == {}
    assert number(pair, "a.n") > 5


def test_a_label_that_a_policy_does_not_know_is_kept_there() -> None:
    label = "label pii.name\nrule r { redact pii }"
    assert found(label, "") == {"less-treated"}
    assert found("", label) == {"treated-otherwise"}
    pair = witness(label, "", "less-treated")
    assert (pair.old.request.labels, pair.new.request.labels) == ({"pii.name": {"user": 1}}, {})


def test_a_label_is_unknown_where_either_policy_asks_a_model() -> None:
    plain = "label l.a\ndetector d -> l.a { match /a1/ }\nrule r { when found l.a hold }"
    model = (
        'label l.a\ndetector d -> l.a { model "names" class PER }\nrule r { when found l.a hold }'
    )
    assert found(plain, model) == set()
    [pair] = verdicts(
        T + plain, T + model.replace("when found l.a ", "when found l.a and not found l.a ")
    )["no-longer-held", "request"].witnesses
    assert pair.old.request.labels == {"l.a": {"user": 1}}
    unsure = (
        model.replace("hold", 'tag "t"') + "\nrule s { when found l.a and not found l.a block }"
    )
    assert witness(
        plain.replace("hold", 'tag "t"'), unsure, "newly-blocked"
    ).old.request.labels == {"l.a": None}


def test_a_target_that_is_new_is_newly_permitted_and_one_that_is_gone_refused() -> None:
    more = "target v { at premises }\nrule r { when target.name == v avoid 5 }"
    assert found("", more) == {"newly-permitted"}
    assert found(more, "") == {"newly-refused"}
    [verdict] = [v for k, v in verdicts(T, T + more).items() if k == ("newly-permitted", "request")]
    assert [str(subject) for subject in verdict.subjects] == ["v", "premises"]


def test_a_target_that_moves_is_newly_permitted_at_its_place() -> None:
    old = "target v { at local }"
    found = verdicts(old, "target v { at cloud }")["newly-permitted", "request"]
    assert [str(subject) for subject in found.subjects] == ["cloud"]


def test_globs_with_too_many_outcomes_leave_all_undecided() -> None:
    globs = " or ".join(f'a.t like "*{char}{char.upper()}*"' for char in "abcdefghijklmnop")
    text = f"{T}attr a.t : string\nrule many {{ when {globs} deny }}"
    every = verdicts(text, T + "attr a.t : string")
    assert {v.outcome for (_, flow), v in every.items() if flow == "request"} == {UNDECIDED}
    assert "joint outcomes" in str(every["dearer", "request"].undecided)


def test_without_time_nothing_is_proved_but_what_needs_no_question() -> None:
    every = verdicts(T, T + "attr a.n : int\nrule r { when a.n > 3 block }", budget=0)
    assert every["newly-blocked", "request"].outcome == UNDECIDED
    assert every["newly-blocked", "request"].undecided == "the budget is used up"
    assert every["newly-blocked", "response"].outcome == NONE


def test_what_the_evaluator_does_not_confirm_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(old: Formula, new: Formula) -> tuple[Asked, ...]:
        return (Asked(Kind.NEWLY_BLOCKED, (WHOLE,), old.terms.boolean("anything")),)

    monkeypatch.setattr("epol.compiler.diff.findings.conditions", wrong)
    verdict = verdicts(T, T)["newly-blocked", "request"]
    assert verdict.outcome == UNDECIDED
    assert "shows no such difference when it is evaluated" in str(verdict.undecided)


@pytest.mark.parametrize("chunk", range(8))
def test_no_request_contradicts_what_is_said_of_random_policies(chunk: int) -> None:
    """A kind that is none is none on many requests, and each witness shows what it is for."""
    outcomes: list[str] = []
    for seed in range(9 * chunk, 9 * chunk + 9):
        policies = two(seed)
        if policies is None:
            continue
        every = {(v.kind, v.flow): v for v in search(*policies, 60)}
        assert UNDECIDED not in {v.outcome for v in every.values()}, seed
        for (kind, flow), verdict in every.items():
            outcomes.append(verdict.outcome)
            assert all(kind in pair.differences for pair in verdict.witnesses)
            assert all(pair.flow == flow for pair in verdict.witnesses)
            assert bool(verdict.witnesses) == (verdict.outcome == FOUND)
        rng = Random(seed)
        for pair in filter(None, (joint(rng, *policies) for _ in range(60))):
            for kind, subjects in pair.differences.items():
                verdict = every[kind, pair.flow]
                known = {*verdict.subjects, *verdict.alike}
                assert verdict.outcome == FOUND, (seed, kind)
                assert verdict.undecided or {*subjects} <= known, (seed, kind)
    assert {FOUND, NONE} == {*outcomes}


@pytest.mark.parametrize("seed", range(0, 60, 2))
def test_where_no_kind_holds_all_that_is_visible_is_the_same(seed: int) -> None:
    policies = two(seed)
    if policies is None:
        return
    rng = Random(seed)
    for pair in filter(None, (joint(rng, *policies) for _ in range(60))):
        old, new = (visible_in(decide(side.policy, side.request)) for side in (pair.old, pair.new))
        # A target that moves or has another price is decided as before.
        decided = [
            subject
            for kind, subjects in pair.differences.items()
            for subject in subjects
            if kind != Kind.DEARER and not subject.place
        ]
        assert bool(decided) == (old != new)


def test_a_policy_is_like_itself() -> None:
    for seed in range(0, 40, 3):
        policies = two(seed)
        assert policies is not None
        assert {v.outcome for v in search(policies[0], policies[0], 60)} == {NONE}
