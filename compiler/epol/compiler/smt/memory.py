"""What stays known from one policy to the next one that is looked at, such as before an edit.

An unknown is named by what it may be, and a term is the same object wherever its operands are.
So what holds of a term holds of it in every policy: that nothing makes it true, or that a
certain choice of values does.  What a policy says is in which terms are asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from epol.compiler.outcomes import TooManyOutcomesError
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.guess import Unknowns
from epol.compiler.smt.pool import Pool
from epol.compiler.smt.solver import Solver
from epol.compiler.smt.symbols import Symbols, said
from epol.compiler.smt.terms import Bool, Terms, Values
from epol.compiler.smt.texts import StringSymbol
from epol.lang.model import Policy


def _declares(policy: Policy) -> tuple[object, ...]:
    """What types and values of expressions rest on."""
    return policy.inputs, policy.labels, policy.detectors, policy.targets


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
        self.rng = Random(_SEED)  # noqa: S311 (the same guesses on every run)
        self._first = 0
        self._policies: list[Policy] = []
        self.formulas: dict[object, Formula] = {}

    def recalled(self, policy: Policy) -> tuple[Policy, bool]:
        """A policy with those rules of the last one that are as there; and whether these are the
        same terms as there.

        Expressions are known by identity, so none that was seen may go.
        """
        last = self._policies[-1] if self._policies else None
        same = last is not None and _declares(last) == _declares(policy)
        if last is not None and same:
            rules = {rule.name: rule for rule in last.rules}
            kept = (rules[r.name] if rules.get(r.name) == r else r for r in policy.rules)
            policy = replace(policy, rules=tuple(kept))
            same = self._is_read_alike(last, policy)
        self._policies.append(policy)
        return policy, same

    def _is_read_alike(self, last: Policy, policy: Policy) -> bool:
        """Whether what both policies ask of strings, roles and labels is the same term in both."""
        old, new = said(last), said(policy)
        if (old.role_groups, old.standing) != (new.role_groups, new.standing):
            return False
        changed = [name for name, globs in new.globs.items() if globs != old.globs.get(name)]
        try:
            return all(self._agree(last, policy, name) for name in changed)
        except TooManyOutcomesError:
            return False

    def _agree(self, last: Policy, policy: Policy, name: str) -> bool:
        """Whether globs that a string is compared with in both are the same term in both."""
        one, other = (Symbols(self.terms, [each]).input(name).value for each in (last, policy))
        assert isinstance(one, StringSymbol)
        assert isinstance(other, StringSymbol)
        return one.agrees(other)

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
