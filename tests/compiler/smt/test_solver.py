"""Questions about a policy: what can be, what cannot, what nobody knows; and witnesses."""

from random import Random

import pytest

from epol.compiler.smt.answers import Impossible, Possible, Undecided
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.plainest import plainest
from epol.compiler.smt.solver import Solver
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Terms
from epol.compiler.smt.witness import request_of
from epol.lang.claims import is_allowed
from epol.lang.model import Policy
from epol.lang.request import Request
from epol.lang.semantics import decide
from tests.differential.policies import compiled, policy_text
from tests.lang.policies import policy

TEXT = """
attr caller.tenant : string
attr caller.level : int in 0 .. 100 default 5
attr caller.roles : set { doctor, nurse }
attr caller.ward : enum { er, icu }
attr caller.known : bool
label pii.name
label pii.mail
detector people -> pii.name { model "names" class PER }
target near { at local }
target far { at cloud }
rule home { when found pii and caller.level > 17 only target.at == local }
rule none { when caller.tenant like "evil*" and caller.tenant != "evil-twin" block }
rule both { when caller.roles has doctor and caller.ward == icu prefer 3 }
rule away { when target.at == cloud and caller.known prefer 1 }
"""


def asked(policy_: Policy, *, any_unknown: bool = False) -> tuple[Formula, Solver]:
    """A formula, and a solver for its symbols."""
    symbols = Symbols(Terms(), [policy_], any_unknown=any_unknown)
    return Formula(policy_, symbols), Solver([symbols])


def witness(formula: Formula, solver: Solver, *conditions: Bool) -> Request:
    """The plainest request that meets conditions."""
    found = solver.ask(*conditions)
    assert isinstance(found, Possible)
    return request_of(formula.symbols, plainest(solver, conditions, found).values)


def test_what_need_not_be_given_is_left_out() -> None:
    """A tenant that is not given is unknown, and that blocks."""
    formula, solver = asked(policy(TEXT))
    blocked = formula.terms.negation(formula.served)
    assert witness(formula, solver, blocked) == Request()
    known = formula.symbols.input("caller.tenant").known
    evil = witness(formula, solver, blocked, known)
    assert evil == Request(inputs={"caller.tenant": "evil"})
    assert decide(policy(TEXT), evil).status == "block"


def test_facts_away_from_the_default_are_few_and_round() -> None:
    formula, solver = asked(policy(TEXT))
    refused = formula.terms.negation(formula.lanes["far"].permitted)
    known = formula.symbols.label("pii.name").known
    request = witness(formula, solver, refused, known, formula.served)
    assert request.inputs == {"caller.tenant": "other", "caller.level": 20}
    assert request.labels == {"pii.name": {"user": 1}}
    assert decide(policy(TEXT), request).order == ("near",)


def test_what_cannot_be_names_the_conditions() -> None:
    formula, solver = asked(policy(TEXT))
    level = formula.symbols.integer("caller.level")
    high = formula.terms.below(formula.terms.number(50), level)
    low = formula.terms.below(level, formula.terms.number(50))
    answer = solver.ask(high, formula.served, low)
    assert isinstance(answer, Impossible)
    assert set(answer.core) == {high, low}
    assert isinstance(solver.ask(formula.terms.false), Impossible)
    assert isinstance(solver.ask(), Possible)
    assert isinstance(solver.ask(formula.served, budget=10**9), Possible)


def test_values_stay_in_their_ranges() -> None:
    formula, solver = asked(policy(TEXT))
    level, terms = formula.symbols.integer("caller.level"), formula.terms
    assert isinstance(solver.ask(terms.below(terms.number(100), level)), Impossible)
    assert isinstance(solver.ask(terms.below(level, terms.number(0))), Impossible)


def test_what_is_learnt_of_one_question_does_not_change_the_next() -> None:
    formula, solver = asked(policy(TEXT))
    blocked = formula.terms.negation(formula.served)
    kinds = [type(solver.ask(each)) for each in (blocked, formula.served, blocked)]
    assert kinds == [Possible, Possible, Possible]
    solver.require(formula.served)
    assert isinstance(solver.ask(blocked), Impossible)


def test_a_question_without_time_is_undecided() -> None:
    text = "\n".join(f"attr a.n{i} : int in 0 .. 2M" for i in range(40))
    formula, solver = asked(policy(f"{text}\ntarget near {{ at local }}"))
    terms = formula.terms
    values = [formula.symbols.integer(f"a.n{i}") for i in range(40)]
    weights = [terms.times(value, 997 + 37 * i * i) for i, value in enumerate(values)]
    parts = [terms.equal(terms.total(weights[i::4]), terms.number(1_999_993 + i)) for i in range(4)]
    odd = [terms.equal(terms.scaled(value, 7, 13), terms.scaled(value, 5, 11)) for value in values]
    answer = solver.ask(*parts, *(terms.negation(each) for each in odd), budget=0.001)
    assert isinstance(answer, Undecided)
    assert "stopped" in answer.reason


def test_two_requests_live_side_by_side() -> None:
    terms, example = Terms(), policy(TEXT)
    apart = frozenset(["caller.tenant"])
    first, second = Symbols(terms, [example]), Symbols(terms, [example], apart=apart)
    one, other = Formula(example, first), Formula(example, second)
    solver = Solver([first, second])
    found = solver.ask(one.served, terms.negation(other.served))
    assert isinstance(found, Possible)
    best = plainest(solver, [one.served, terms.negation(other.served)], found)
    requests = [request_of(each, best.values) for each in (first, second)]
    assert requests[0].labels == requests[1].labels
    assert [decide(example, request).status for request in requests] == ["route", "block"]


@pytest.mark.parametrize("seed", range(40))
def test_what_the_solver_says_of_random_policies_is_so(seed: int) -> None:
    """Each witness is decided as was asked, and speaks of an allowed request."""
    example = compiled(policy_text(Random(seed), most_rules=5))
    assert example is not None
    formula, solver = asked(example)
    for name, lane in formula.lanes.items():
        for condition, expected in (
            (formula.chosen[name], True),
            (formula.terms.negation(lane.permitted), False),
        ):
            answer = solver.ask(condition)
            assert not isinstance(answer, Undecided)
            if isinstance(answer, Possible):
                best = plainest(solver, [condition], answer)
                request = request_of(formula.symbols, best.values)
                assert is_allowed(example, request)
                decision = decide(example, request)
                assert decision.targets[name].permitted == expected
                assert not expected or decision.target == name
