"""What a policy's tests have seen: each atom true and false, each rule fired and not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from epol.compiler.testing import Outcome
from epol.lang.model import And, Const, Expr, Not, Only, Or, Policy, RuleInfo
from epol.lang.request import Request
from epol.lang.semantics import Lane
from epol.lang.source import Span
from epol.lang.types import BOOL


@dataclass
class Seen:
    """Whether something was seen both ways."""

    what: str
    span: Span
    true: bool = False
    false: bool = False

    @property
    def is_whole(self) -> bool:
        """Seen both ways."""
        return self.true and self.false

    def add(self, value: bool | None) -> None:
        """Count one evaluation; unknown is neither."""
        self.true |= value is True
        self.false |= value is False


@dataclass
class Coverage:
    """Atoms and rules with what was seen of them."""

    atoms: dict[Span, Seen] = field(default_factory=dict[Span, Seen])
    rules: dict[str, Seen] = field(default_factory=dict[str, Seen])

    def missing(self) -> Iterator[str]:
        """What was not seen, in words."""
        for seen in (*self.rules.values(), *self.atoms.values()):
            yes, no = ("fired", "not fired") if seen.what.startswith("rule ") else ("true", "false")
            lacking = [word for word, was in ((yes, seen.true), (no, seen.false)) if not was]
            if lacking:
                place = f"{seen.span.source.name}:{seen.span.first.line}"
                yield f"{place}: {seen.what} was never {' nor '.join(lacking)}"

    def counts(self) -> tuple[int, int, int, int]:
        """Atoms whole, atoms, rules whole, rules."""
        return (
            sum(seen.is_whole for seen in self.atoms.values()),
            len(self.atoms),
            sum(seen.is_whole for seen in self.rules.values()),
            len(self.rules),
        )


def cover(policy: Policy, outcomes: Iterable[Outcome], modules: frozenset[str]) -> Coverage:
    """The coverage of the tests that ran; rules of `modules` (by prefix) are left out."""
    rules = [r for r in policy.rules if not any(r.name.startswith(m + ".") for m in modules)]
    coverage = Coverage()
    for rule in rules:
        coverage.rules[rule.name] = Seen(f"rule {rule.name}", rule.span, false=_is_always(rule))
        for atom in _atoms_of(rule):
            coverage.atoms.setdefault(atom.span, Seen(f"`{_text(atom)}`", atom.span))
    for outcome in outcomes:
        if outcome.request is not None:
            _count(coverage, policy, rules, outcome.request)
    return coverage


def _is_always(rule: RuleInfo) -> bool:
    """Whether a rule has no condition, so that it cannot be seen not to fire."""
    restricts = any(isinstance(effect, Only) for effect in rule.effects)
    return isinstance(rule.condition, Const) and not restricts


def _count(coverage: Coverage, policy: Policy, rules: list[RuleInfo], request: Request) -> None:
    for target in policy.targets:
        if request.flow != "request" and target.name != request.target:
            continue
        lane = Lane(policy, request, target)
        for rule in rules:
            if request.flow in rule.flows:
                coverage.rules[rule.name].add(any(lane.fires(rule, e) for e in rule.effects))
                for atom in _atoms_of(rule):
                    coverage.atoms[atom.span].add(lane.truth(atom))


def _atoms_of(rule: RuleInfo) -> Iterator[Expr]:
    yield from _atoms(rule.condition)
    for effect in rule.effects:
        if isinstance(effect, Only):
            yield from _atoms(effect.condition)


def _atoms(expr: Expr) -> Iterator[Expr]:
    """The parts of a condition that are neither `and`, `or`, `not` nor a constant."""
    match expr:
        case And(items=items) | Or(items=items):
            for item in items:
                yield from _atoms(item)
        case Not(item=item):
            yield from _atoms(item)
        case Const():
            return
        case _:
            if expr.type == BOOL:
                yield expr


def _text(expr: Expr) -> str:
    return " ".join(expr.span.text.split())
