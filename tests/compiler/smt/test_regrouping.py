"""Requests from before an edit have the counts that the edit asks about."""

import pytest

from epol.compiler.smt.answers import Possible
from epol.compiler.smt.memory import Memory
from epol.compiler.smt.regrouping import regrouping
from epol.compiler.smt.showing import Showing
from epol.compiler.smt.solver import Solver
from epol.compiler.smt.space import Space
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Terms, Values
from tests.lang.policies import policy

HEAD = "label l.a\nlabel l.b\nattr a.n : int in 0 .. 9\ntarget home { at local }\n"
TOGETHER = HEAD + "rule r { when count l.a > 2 deny }"
APART = HEAD + "rule r { when count l.a from user > 2 deny }"
OTHERWISE = HEAD + "rule r { when count l.a from { system, tool } > 2 deny }"


@pytest.mark.parametrize(
    ("old", "new", "counts", "expected"),
    [
        (TOGETHER, APART, (3,), (3, 0)),
        (APART, TOGETHER, (3, 2), (5,)),
        (APART, OTHERWISE, (3, 2), (3, 2)),
        (OTHERWISE, APART, (1, 4), (1, 4)),
    ],
)
def test_counts_are_those_of_the_first_role(
    old: str, new: str, counts: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    terms = Terms()
    one, other = Symbols(terms, [policy(old)]), Symbols(terms, [policy(new)])
    label, number = one.label("l.a"), one.integer("a.n")
    regroup = regrouping(one, other)
    assert regroup is not None
    before: Values = {number: 7, **dict(zip(label.counts, counts, strict=True))}
    after = regroup(before)
    assert tuple(after[each] for each in other.label("l.a").counts) == expected
    assert sum(expected) == sum(counts)
    assert before.items() <= after.items()
    solver = Solver([other])
    held = [terms.equal(each, terms.number(after[each])) for each in other.label("l.a").counts]
    assert isinstance(solver.ask(*held), Possible)


def test_what_a_request_does_not_say_stays_unsaid() -> None:
    terms = Terms()
    one, other = Symbols(terms, [policy(TOGETHER)]), Symbols(terms, [policy(APART)])
    one.label("l.a")
    regroup = regrouping(one, other)
    assert regroup is not None
    assert regroup({}) == {}


def test_what_is_known_already_is_not_another_value() -> None:
    """What is computed of a request may rest on it."""
    terms = Terms()
    one, other = Symbols(terms, [policy(TOGETHER)]), Symbols(terms, [policy(APART)])
    old, new = one.label("l.a").counts, other.label("l.a").counts
    regroup = regrouping(one, other)
    assert regroup is not None
    after = regroup({old[0]: 9, new[0]: 1, new[1]: 2})
    assert [after[each] for each in new] == [1, 2]


def test_the_same_groups_need_nothing() -> None:
    terms = Terms()
    assert regrouping(Symbols(terms, [policy(APART)]), Symbols(terms, [policy(APART)])) is None


def test_a_witness_from_before_the_edit_is_one_after_it() -> None:
    memory = Memory()
    before = Space(policy(TOGETHER), memory=memory)
    before.formula()
    found = before.find(before.symbols.found("l.a"))
    assert isinstance(found, Possible)
    Showing(before, "a request", before.symbols.found("l.a")).made(found, 1.0)
    after = Space(policy(APART), memory=memory)
    by_users = after.symbols.found("l.a", frozenset({"user"}))
    assert Showing(after, "a request", by_users).known() is not None
