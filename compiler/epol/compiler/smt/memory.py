"""What stays known from one policy to the next one that is looked at, such as before an edit.

An unknown is named by what it may be, and a term is the same object wherever its operands are.
So what holds of a term holds of it in every policy: that nothing makes it true, or that a
certain choice of values does.  What a policy says is in which terms are asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from epol.compiler.same import Same
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.guess import Unknowns
from epol.compiler.smt.pool import Pool
from epol.compiler.smt.regrouping import regrouping
from epol.compiler.smt.renewing import renewed
from epol.compiler.smt.solver import Solver
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Terms, Values
from epol.compiler.smt.touched import Touched, Touching, touched
from epol.lang.model import Policy, RuleInfo


def _beside(policy: Policy, last: Policy, untouched: Iterable[RuleInfo]) -> Policy:
    """A policy whose rules are the last one's if they are untouched, and else new objects.

    What is known of expressions is known by identity, and who typed the rules may have kept them.
    """
    kept, before = ({rule.name: rule for rule in rules} for rules in (untouched, last.rules))

    def rule(now: RuleInfo) -> RuleInfo:
        if kept.get(now.name) == now:
            return kept[now.name]
        return renewed(now) if before.get(now.name) == now else now

    return replace(policy, rules=tuple(map(rule, policy.rules)))


MOST_TERMS = 8
"""So many times the terms of the first policy there may be before all is forgotten."""

_SEED = 20_011


@dataclass
class Witness:
    """What is kept of a plain witness: wishes that could not be had together, and its values.

    `limits` hold of these, as they did of all requests when they were made.
    """

    cores: list[frozenset[Bool]] = field(default_factory=list[frozenset[Bool]])
    values: Values | None = None
    limits: Bool | None = None


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
        self.edited: tuple[str, ...] = ()
        """The rules that the last policy does not have, or has otherwise; none where it is the
        first."""

    def recalled(self, policy: Policy) -> tuple[Policy, Touched | None]:
        """A policy with those rules of the last one that are the same terms as there, and what
        lies between the two; None where that is too much.

        Expressions are known by identity, so none that was seen may go.
        """
        self.pool.gather()
        self.edited = ()
        last = self._policies[-1] if self._policies else None
        between = None if last is None else touched(self.terms, last, policy)
        if last is not None and between is not None:
            policy = _beside(policy, last, Touching(last, between).untouched())
            if between.labels or between.targets:
                self._responsible.clear()
            known = {Same(rule) for rule in last.rules}
            self.edited = tuple(rule.name for rule in policy.rules if Same(rule) not in known)
        self._policies.append(policy)
        return policy, between

    def responsible(self, rules: Mapping[str, RuleInfo], name: str) -> frozenset[str] | None:
        """The fewest rules beside which one was found to change nothing, if all are still there.

        Nothing else of a policy has to do with it but what it declares.
        """
        known = self._responsible.get(Same(rules[name]))
        if known is None:
            return None
        names = frozenset(same.item.name for same in known)
        still = frozenset(Same(rules[n]) for n in names if n in rules)
        return names if known == still else None

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

    def regroup(self, symbols: Symbols) -> None:
        """Give what is at hand the counts of labels by the roles that other symbols tell apart."""
        for last in {id(f.symbols): f.symbols for f in self.formulas.values()}.values():
            regroup = regrouping(last, symbols)
            if regroup is not None:
                self.pool.give(regroup)
                for each in self.witnesses.values():
                    each.values = None if each.values is None else regroup(each.values)

    def is_large(self) -> bool:
        """Whether so much has gathered that beginning anew costs less."""
        if not self._first:
            self._first = self.terms.count
        return self.terms.count > MOST_TERMS * self._first
