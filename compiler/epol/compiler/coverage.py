"""What a policy's tests have seen: each atom true and false, each rule fired and not."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from epol.compiler.testing import Outcome
from epol.lang.model import And, Const, Expr, Not, Only, Or, Policy, RuleInfo
from epol.lang.request import Request
from epol.lang.semantics import Lane
from epol.lang.source import Span
from epol.lang.types import BOOL


@dataclass
class Seen:
    """Whether something was seen both ways; an atom true and false, a rule fired and not.

    `never` has the outcomes that no request has, each with the reason; `undecided` those of
    which nobody knows.
    """

    what: str
    span: Span
    words: tuple[str, str] = ("true", "false")
    true: bool = False
    false: bool = False
    never: dict[bool, str] = field(default_factory=dict[bool, str])
    undecided: dict[bool, str] = field(default_factory=dict[bool, str])

    def lacking(self) -> list[bool]:
        """The outcomes that were not seen and are not known to be impossible."""
        was = {True: self.true, False: self.false}
        return [value for value, seen in was.items() if not seen and value not in self.never]

    @property
    def is_whole(self) -> bool:
        """Seen both ways, as far as that can be."""
        return not self.lacking()

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.span.source.name}:{self.span.first.line}"

    def word(self, value: bool) -> str:
        """An outcome in words."""
        return self.words[0] if value else self.words[1]

    def add(self, value: bool | None) -> None:
        """Count one evaluation; unknown is neither."""
        self.true |= value is True
        self.false |= value is False


@dataclass
class Coverage:
    """The atoms and rules of a policy's own files with what was seen of them.

    `where` has the expressions of an atom, each with its rule: a `let` may stand in several.
    """

    policy: Policy
    own: tuple[RuleInfo, ...]
    atoms: dict[Span, Seen] = field(default_factory=dict[Span, Seen])
    rules: dict[str, Seen] = field(default_factory=dict[str, Seen])
    where: dict[Span, list[tuple[RuleInfo, Expr]]] = field(
        default_factory=dict[Span, "list[tuple[RuleInfo, Expr]]"]
    )

    def all(self) -> tuple[Seen, ...]:
        """The rules, then the atoms."""
        return (*self.rules.values(), *self.atoms.values())

    def missing(self) -> Iterator[str]:
        """What was not seen, in words."""
        for seen in self.all():
            lacking = seen.lacking()
            if lacking:
                words = " nor ".join(map(seen.word, lacking))
                reasons = (seen.undecided[value] for value in lacking if value in seen.undecided)
                why = "".join(f" ({reason})" for reason in dict.fromkeys(reasons))
                yield f"{seen.place}: {seen.what} was never {words}{why}"

    def impossible(self) -> Iterator[str]:
        """What no test can see, in words."""
        for seen in self.all():
            for value, why in seen.never.items():
                yield f"{seen.place}: {seen.what} is never {seen.word(value)}: {why}"

    def counts(self) -> tuple[int, int, int, int]:
        """Atoms whole, atoms, rules whole, rules."""
        return (
            sum(seen.is_whole for seen in self.atoms.values()),
            len(self.atoms),
            sum(seen.is_whole for seen in self.rules.values()),
            len(self.rules),
        )

    def see(self, request: Request) -> None:
        """Count what the decision on a request shows."""
        for target in self.policy.targets:
            if request.flow == "request" or target.name == request.target:
                self._see(Lane(self.policy, request, target))

    def learn(self, other: Coverage) -> None:
        """Take over what another measurement of the same policy knows cannot be seen."""
        for seen, known in zip(self.all(), other.all(), strict=True):
            seen.never |= known.never
            seen.undecided |= known.undecided

    def shown_by(self, request: Request) -> frozenset[tuple[str | Span, bool]]:
        """What one request shows alone: rules by name and atoms by place, with the outcome."""
        rules = {name: Seen(seen.what, seen.span) for name, seen in self.rules.items()}
        atoms = {span: Seen(seen.what, seen.span) for span, seen in self.atoms.items()}
        Coverage(self.policy, self.own, atoms, rules).see(request)
        every: list[tuple[str | Span, Seen]] = [*rules.items(), *atoms.items()]
        return frozenset(
            (key, value)
            for key, seen in every
            for value in (True, False)
            if (seen.true if value else seen.false)
        )

    def _see(self, lane: Lane) -> None:
        for rule in self.own:
            if lane.request.flow in rule.flows:
                self.rules[rule.name].add(any(lane.fires(rule, e) for e in rule.effects))
                for atom in atoms_of(rule):
                    self.atoms[atom.span].add(lane.truth(atom))


def cover(
    policy: Policy, outcomes: Iterable[Outcome], sources: Container[str] | None = None
) -> Coverage:
    """The coverage of the tests that ran, of the rules in `sources` (by name); all if None."""
    rules = [r for r in policy.rules if sources is None or r.span.source.name in sources]
    coverage = Coverage(policy, tuple(rules))
    for rule in rules:
        fired = ("fired", "not fired")
        always = _is_always(rule)
        coverage.rules[rule.name] = Seen(f"rule {rule.name}", rule.span, fired, false=always)
        for atom in atoms_of(rule):
            coverage.atoms.setdefault(atom.span, Seen(f"`{_text(atom)}`", atom.span))
            coverage.where.setdefault(atom.span, []).append((rule, atom))
    for outcome in outcomes:
        if outcome.request is not None:
            coverage.see(outcome.request)
    return coverage


def _is_always(rule: RuleInfo) -> bool:
    """Whether a rule has no condition, so that it cannot be seen not to fire."""
    restricts = any(isinstance(effect, Only) for effect in rule.effects)
    return isinstance(rule.condition, Const) and not restricts


def atoms_of(rule: RuleInfo) -> Iterator[Expr]:
    """The atoms of a rule's condition and of its `only` effects."""
    yield from _atoms(rule.condition)
    for effect in rule.effects:
        if isinstance(effect, Only):
            yield from _atoms(effect.condition)


def _atoms(expr: Expr) -> Iterator[Expr]:
    """The parts of a condition that are neither `and`, `or`, `not` nor a constant."""
    match expr:
        case And(items=items) | Or(items=items) if not is_range(expr):
            for item in items:
                yield from _atoms(item)
        case Not(item=item):
            yield from _atoms(item)
        case Const():
            return
        case _:
            if expr.type == BOOL:
                yield expr


def is_range(expr: Expr) -> bool:
    """Whether a conjunction was written as one: `x in a .. b`."""
    return isinstance(expr, And) and all(item.span == expr.span for item in expr.items)


def _text(expr: Expr) -> str:
    return " ".join(expr.span.text.split())
