"""What coverage lacks, as questions to the solver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from epol.compiler.coverage import Coverage, Seen
from epol.lang.model import Const, Expr, Input, Policy, Prefer, RuleInfo, TargetField, TargetName
from epol.lang.semantics import parts, walk
from epol.lang.source import Span
from epol.lang.types import NumericType

if TYPE_CHECKING:
    from epol.compiler.smt.lane import Lane
    from epol.compiler.smt.reaching import Ground, Wish
    from epol.compiler.smt.terms import Bool

_OfLane = Callable[["Ground", "Lane"], "Bool"]


@dataclass(frozen=True)
class Goal:
    """An outcome that was not seen: of a rule, or of an atom (its expressions by rule)."""

    seen: Seen
    value: bool
    rule: RuleInfo | None
    atoms: tuple[tuple[RuleInfo, Expr], ...] = ()

    @property
    def key(self) -> tuple[str | Span, bool]:
        """What it is, as `Coverage.shown_by` says it."""
        return (self.seen.span if self.rule is None else self.rule.name), self.value

    @property
    def is_open(self) -> bool:
        """Whether it is still to be seen."""
        return self.value in self.seen.lacking()

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        """The rules that it is about."""
        return (self.rule,) if self.rule else tuple(rule for rule, _ in self.atoms)

    def wishes(self, flow: str) -> tuple[Wish, ...]:
        """What would show it on a flow, the plainest first; the last one is the need.

        It is plainest on a target that takes the request, by a rule whose condition is true and
        not unknown.
        """
        showing = list(self._showing(flow))
        on_permitted = [_with_permitted(part) for part in showing[:1]]
        return tuple(_on_some(part) for part in (*on_permitted, *showing))

    def _showing(self, flow: str) -> Iterator[_OfLane]:
        if self.rule is None:
            atoms = [atom for rule, atom in self.atoms if flow in rule.flows]
            yield lambda ground, lane: ground.terms.any(
                _is(ground, lane, atom, value=self.value) for atom in atoms
            )
            return
        rule = self.rule
        if self.value:
            yield lambda ground, lane: ground.terms.both(
                lane.encoder.truth(rule.condition).must,
                _fires(ground, lane, rule),
            )
            yield lambda ground, lane: _fires(ground, lane, rule)
        else:
            yield lambda ground, lane: ground.terms.negation(_fires(ground, lane, rule))


def goals(coverage: Coverage) -> tuple[Goal, ...]:
    """What is missing: each rule that was not seen to fire, then what is left of its atoms."""
    found: list[Goal] = []
    for rule in coverage.own:
        seen = coverage.rules[rule.name]
        found += [Goal(seen, value, rule) for value in seen.lacking()]
        for span, where in coverage.where.items():
            if where[0][0] is rule:
                atom = coverage.atoms[span]
                unique = {id(expr): (owner, expr) for owner, expr in where}
                found += [
                    Goal(atom, value, None, tuple(unique.values())) for value in atom.lacking()
                ]
    return tuple(found)


def _fires(ground: Ground, lane: Lane, rule: RuleInfo) -> Bool:
    small = rule
    return ground.terms.any(lane.fires(small, effect) for effect in small.effects)


def _is(ground: Ground, lane: Lane, atom: Expr, *, value: bool) -> Bool:
    truth = lane.encoder.truth(atom)
    return truth.must if value else ground.terms.negation(truth.may)


def _with_permitted(part: _OfLane) -> _OfLane:
    return lambda ground, lane: ground.terms.both(part(ground, lane), lane.permitted)


def _on_some(part: _OfLane) -> Wish:
    def wish(ground: Ground) -> Bool:
        return ground.terms.any(part(ground, lane) for lane in ground.formula.lanes.values())

    return wish


# --- why something can never be seen -------------------------------------------------------


def why_never(policy: Policy, goal: Goal) -> str:
    """Why no request shows an outcome, for a person."""
    if not policy.targets:
        return "the policy has no target"
    if goal.rule is not None:
        return _why_rule(goal.rule, fired=goal.value)
    exprs = [expr for _, expr in goal.atoms]
    if not any(_reads_request(part) for expr in exprs for part in walk(expr)):
        return f"no target makes it {goal.seen.word(goal.value)}"
    ranges = sorted({text for expr in exprs for text in _ranges(policy, expr)})
    known = f" ({'; '.join(ranges)})" if ranges else ""
    return f"no request in range makes it {goal.seen.word(goal.value)}{known}"


def _why_rule(rule: RuleInfo, *, fired: bool) -> str:
    if not fired:
        return "its condition is never false on a request in range"
    if "request" not in rule.flows and all(isinstance(e, Prefer) for e in rule.effects):
        return "preferences count on the flow request alone"
    return "its effects need a condition that holds of no request in range"


def _reads_request(expr: Expr) -> bool:
    """Whether a node itself reads what can differ between requests."""
    return not parts(expr) and not isinstance(expr, Const | TargetField | TargetName)


def _ranges(policy: Policy, expr: Expr) -> Iterator[str]:
    """The bounds of the numbers that an expression reads."""
    for part in walk(expr):
        if isinstance(part, Input):
            type_ = policy.inputs[part.name].type
            if isinstance(type_, NumericType):
                yield f"{part.name} is in {type_.range_text()}"
