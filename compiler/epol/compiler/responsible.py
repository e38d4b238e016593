"""Which rules make it so that another one changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from epol.compiler.analysing import Known, OwnRule
from epol.compiler.rule_questions import places_of
from epol.compiler.smt.answers import Impossible
from epol.lang.model import Block, Cap, Deny, Hold, Tools

if TYPE_CHECKING:
    from epol.compiler.smt.terms import Bool


_ACTING = Deny | Block | Hold | Cap | Tools
"""Effects that change something wherever they fire and nothing else does."""

_TRIED = 4
"""So many rules that made others change nothing are tried first."""


def fewest(
    known: Known, rule: OwnRule, before: Iterable[frozenset[str]] = ()
) -> frozenset[str] | None:
    """A set of other rules beside which alone the rule, which fires somewhere, changes nothing.

    None of them can be left out.  None if the solver did not decide that of any.  One rule often
    does it to many, so that what was found of rules `before` is tried first.
    """
    found = known.space.responsible(rule.name)
    if found is None:
        found = _found(known, rule, before)
        if found is not None:
            known.space.hold_responsible(rule.name, found)
    return found


def _found(known: Known, rule: OwnRule, before: Iterable[frozenset[str]]) -> frozenset[str] | None:
    if not _acts_alone(rule) and _idle_beside(known, rule, frozenset()):
        return frozenset()
    alone = dict.fromkeys(each for each in before if len(each) == 1 and rule.name not in each)
    for other in list(alone)[-_TRIED:]:
        if _idle_beside(known, rule, other):
            return other
    others = sorted({r.name for _, f in places_of(known, rule.info) for r in f.rules} - {rule.name})
    if not _idle_beside(known, rule, frozenset(others)):
        return None
    kept, size = others, max(len(others) // 2, 1)
    while True:
        dropped = False
        start = 0
        while start < len(kept):
            fewer = kept[:start] + kept[start + size :]
            if _idle_beside(known, rule, frozenset(fewer)):
                kept, dropped = fewer, True
            else:
                start += size
        if size == 1 and not dropped:
            return frozenset(kept)
        size = max(size // 2, 1)


def _acts_alone(rule: OwnRule) -> bool:
    """Whether the rule, which fires somewhere, surely changes something where no other one does."""
    return any(isinstance(effect, _ACTING) for effect in rule.info.effects)


def _idle_beside(known: Known, rule: OwnRule, others: frozenset[str]) -> bool:
    """Whether the rule changes nothing where these are the only other rules."""
    from epol.compiler.smt.removal import changes_beside  # noqa: PLC0415 (z3 is slow to load)

    goal: Bool = known.space.terms.any(
        changes_beside(formula, rule.info, others) for _, formula in places_of(known, rule.info)
    )
    return isinstance(known.space.find(goal), Impossible)
