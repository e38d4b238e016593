"""What stays known from one policy to the next one that is looked at, such as before an edit.

An unknown is named by what it may be, and a term is the same object wherever its operands are.
So what holds of a term holds of it in every policy: that nothing makes it true, or that a
certain choice of values does.  What a policy says is in which terms are asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from epol.compiler.outcomes import TooManyOutcomesError
from epol.compiler.same import Same
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.guess import Unknowns
from epol.compiler.smt.pool import Pool
from epol.compiler.smt.solver import Solver
from epol.compiler.smt.strings import comparing
from epol.compiler.smt.symbols import Symbols, said
from epol.compiler.smt.terms import Bool, Terms, Values
from epol.compiler.smt.texts import StringSymbol
from epol.lang.glob import Glob
from epol.lang.model import Policy, RuleInfo


def _declares(policy: Policy) -> tuple[object, ...]:
    """What types and values of expressions rest on."""
    return policy.inputs, policy.labels, policy.detectors, policy.targets


def _with(policy: Policy, rules: Iterable[RuleInfo]) -> Policy:
    """A policy with those of some rules that are as its own."""
    known = {rule.name: rule for rule in rules}
    kept = (known[r.name] if known.get(r.name) == r else r for r in policy.rules)
    return replace(policy, rules=tuple(kept))


MOST_TERMS = 8
"""So many times the terms of the first policy there may be before all is forgotten."""

_SEED = 20_011


@dataclass
class Witness:
    """What is kept of a plain witness: wishes that could not be had together, and its values."""

    cores: list[frozenset[Bool]] = field(default_factory=list[frozenset[Bool]])
    values: Values | None = None


class Memory:
    """Terms, requests that have shown something, and what the solver has learnt."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.terms = Terms()
        self.solver: Solver | None = None
        self.unknowns = Unknowns()
        self.pool = Pool()
        self.impossible: set[Bool] = set()
        self.witnesses: dict[object, Witness] = {}
        self._responsible: dict[Same[RuleInfo], frozenset[Same[RuleInfo]]] = {}
        self.rng = Random(_SEED)  # noqa: S311 (the same guesses on every run)
        self._first = 0
        self._policies: list[Policy] = []
        self.formulas: dict[object, Formula] = {}

    def recalled(self, policy: Policy) -> tuple[Policy, bool]:
        """A policy with those rules of the last one that are the same terms as there; and whether
        it declares the same.

        Expressions are known by identity, so none that was seen may go.
        """
        last = self._policies[-1] if self._policies else None
        same = last is not None and _declares(last) == _declares(policy)
        if last is not None and same:
            mine = policy.rules
            policy = _with(policy, last.rules)
            old, new = said(last), said(policy)
            same = (old.role_groups, old.standing) == (new.role_groups, new.standing)
            changed = self._read_otherwise(last, policy) if same else {}
            if changed:
                its = (each for each in last.rules if not comparing(last, each, changed))
                policy = _with(replace(policy, rules=mine), its)
        self._policies.append(policy)
        self.pool.gather()
        return policy, same

    def _read_otherwise(self, last: Policy, policy: Policy) -> dict[str, frozenset[Glob]]:
        """By string: the globs that two policies compare it with, but that are other terms."""
        old, new = said(last).globs, said(policy).globs
        names = [name for name, globs in new.items() if name in old and globs != old[name]]
        found = {name: self._differing(last, policy, name) for name in names}
        return {name: globs for name, globs in found.items() if globs}

    def _differing(self, last: Policy, policy: Policy, name: str) -> frozenset[Glob]:
        """The globs that are other terms; all where one of the policies has too many outcomes."""
        try:
            one, other = (Symbols(self.terms, [each]).input(name).value for each in (last, policy))
        except TooManyOutcomesError:
            return frozenset(said(policy).globs[name])
        assert isinstance(one, StringSymbol)
        assert isinstance(other, StringSymbol)
        return one.differing(other)

    def responsible(self, rules: Mapping[str, RuleInfo], name: str) -> frozenset[str] | None:
        """The fewest rules beside which one was found to change nothing, if all are still there.

        Nothing else of a policy has to do with it but what it declares; where that is another,
        no rule is as it was.
        """
        known = self._responsible.get(Same(rules[name]))
        if known is None:
            return None
        names = frozenset(same.item.name for same in known)
        return names if known == {Same(rules[n]) for n in names if n in rules} else None

    def hold_responsible(
        self, rules: Mapping[str, RuleInfo], name: str, others: frozenset[str]
    ) -> None:
        """Keep what `responsible` tells."""
        self._responsible[Same(rules[name])] = frozenset(Same(rules[n]) for n in others)

    def solver_of(self, symbols: Symbols) -> Solver:
        """A solver that speaks of the requests of another policy."""
        if self.solver is None:
            self.solver = Solver([symbols])
        else:
            self.solver.turn_to(symbols)
        return self.solver

    def is_large(self) -> bool:
        """Whether so much has gathered that beginning anew costs less."""
        if not self._first:
            self._first = self.terms.count
        return self.terms.count > MOST_TERMS * self._first
