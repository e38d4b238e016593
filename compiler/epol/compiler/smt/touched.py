"""What an edit touches: which rules are other terms after it, though they say the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from epol.compiler.outcomes import TooManyOutcomesError
from epol.compiler.smt.leaves import Leaves
from epol.compiler.smt.strings import compared, of_rule, with_parts
from epol.compiler.smt.symbols import Symbols, said
from epol.compiler.smt.terms import Terms
from epol.compiler.smt.texts import StringSymbol
from epol.lang.glob import Glob
from epol.lang.model import (
    Count,
    Expr,
    Found,
    Policy,
    RuleInfo,
    Sends,
    TargetCost,
    TargetField,
    TargetInfo,
)


@dataclass(frozen=True)
class Touched:
    """What is declared otherwise, or means something else: inputs, labels, targets by name;
    globs by the name of the input that is compared with them."""

    inputs: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    globs: Mapping[str, frozenset[Glob]] = field(default_factory=dict[str, frozenset[Glob]])

    def __bool__(self) -> bool:
        return bool(self.inputs or self.labels or self.targets or self.globs)


def touched(terms: Terms, last: Policy, policy: Policy) -> Touched | None:
    """What an edit touches; None where hardly a term is as it was.

    `terms` is where the requests of both policies live.
    """
    targets = _by_name(last), _by_name(policy)
    if list(targets[0]) != list(targets[1]):
        return None
    return Touched(
        _differing(last.inputs, policy.inputs),
        _labels(last, policy),
        _differing(*targets),
        _globs(terms, last, policy),
    )


def _by_name(policy: Policy) -> Mapping[str, TargetInfo]:
    return {target.name: target for target in policy.targets}


def _differing(old: Mapping[str, object], new: Mapping[str, object]) -> frozenset[str]:
    """The names that do not stand for the same."""
    if old == new:
        return frozenset()
    return frozenset(name for name in {**old, **new} if old.get(name) != new.get(name))


def _labels(last: Policy, policy: Policy) -> frozenset[str]:
    """Labels whose counts are other terms, or that are declared otherwise."""
    old, new = said(last), said(policy)
    if old.role_groups != new.role_groups:
        return frozenset([*last.labels, *policy.labels])
    models = (frozenset(d.label for d in p.detectors if d.model) for p in (last, policy))
    by_model = next(models) ^ next(models)
    return (
        _differing(last.labels, policy.labels) | _differing(old.standing, new.standing) | by_model
    )


def _globs(terms: Terms, last: Policy, policy: Policy) -> dict[str, frozenset[Glob]]:
    """By string: the globs that both policies compare it with, but that are other terms."""
    old, new = said(last).globs, said(policy).globs
    names = [name for name, globs in new.items() if name in old and globs != old[name]]
    found = {name: _read_otherwise(terms, last, policy, name) for name in names}
    return {name: globs for name, globs in found.items() if globs}


def _read_otherwise(terms: Terms, last: Policy, policy: Policy, name: str) -> frozenset[Glob]:
    """All where one of the policies has too many outcomes."""
    try:
        one, other = (Symbols(terms, [each]).input(name).value for each in (last, policy))
    except TooManyOutcomesError:
        return frozenset(said(policy).globs[name])
    if not isinstance(one, StringSymbol) or not isinstance(other, StringSymbol):
        return frozenset(said(policy).globs[name])
    return one.differing(other)


class Touching:
    """Tells which rules of a policy an edit touches."""

    def __init__(self, policy: Policy, by: Touched) -> None:
        self._policy, self._by, self._leaves = policy, by, Leaves(policy)

    def untouched(self) -> Iterator[RuleInfo]:
        """The rules that are the same terms as they were."""
        return (rule for rule in self._policy.rules if not self._is_touched(rule))

    def _is_touched(self, rule: RuleInfo) -> bool:
        by = self._by
        if by.inputs and any(by.inputs & self._leaves.of(expr) for expr in of_rule(rule)):
            return True
        if not (by.labels or by.targets or by.globs):
            return False
        return any(self._is_read(node) for node in with_parts(of_rule(rule)))

    def _is_read(self, node: Expr) -> bool:
        """Whether a node itself reads what is touched, apart from inputs."""
        by = self._by
        match node:
            case Found(labels=labels) | Count(labels=labels) | Sends(labels=labels):
                return not by.labels.isdisjoint(labels)
            case TargetField(target=str(name)) | TargetCost(target=str(name)):
                return name in by.targets
            case _:
                pairs = compared(self._policy, node) if by.globs else ()
                return any(glob in by.globs.get(name, ()) for name, glob in pairs)
