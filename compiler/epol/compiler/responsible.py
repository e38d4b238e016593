"""Which rules make it so that another one changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
"""So many rules that made others change nothing are tried first; after so many that did it to no
other one, it is no longer asked of all at once."""


def fewest_of_each(
    known: Known, rules: Sequence[OwnRule]
) -> Iterator[tuple[OwnRule, frozenset[str] | None]]:
    """What `fewest` says of each of several rules, in their order.

    Where one rule makes one change nothing, it is asked of the others at once whether it does so to
    them.  A few rules that an edit touches are tried first.
    """
    said, vain = dict[OwnRule, frozenset[str]](), 0
    edited = known.space.edited
    likely = [frozenset([name]) for name in edited] if len(edited) <= _TRIED else []
    for place, rule in enumerate(rules):
        if rule not in said:
            is_new = known.space.responsible(rule.name) is None
            others = fewest(known, rule, [*said.values(), *likely])
            if others is None:
                yield rule, None
                continue
            said[rule] = others
            if is_new and len(others) == 1 and vain < _TRIED:
                also = _idle_as_well(known, rules[place + 1 :], others)
                said |= dict.fromkeys(also, others)
                vain += not also
        yield rule, said[rule]


def _idle_as_well(known: Known, rules: Iterable[OwnRule], others: frozenset[str]) -> list[OwnRule]:
    """Of some rules those that change nothing beside another one alone, and something without."""
    left = [rule for rule in rules if _acts_alone(rule) and rule.name not in others]
    left = [rule for rule in left if known.space.responsible(rule.name) is None]
    answers = known.space.settle({rule: _changes_beside(known, rule, others) for rule in left})
    idle = [rule for rule, answer in answers.items() if isinstance(answer, Impossible)]
    for rule in idle:
        known.space.hold_responsible(rule.name, others)
    return idle


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
    return isinstance(known.space.find(_changes_beside(known, rule, others)), Impossible)


def _changes_beside(known: Known, rule: OwnRule, others: frozenset[str]) -> Bool:
    from epol.compiler.smt.removal import changes_beside  # noqa: PLC0415 (z3 is slow to load)

    return known.space.terms.any(
        changes_beside(formula, rule.info, others) for _, formula in places_of(known, rule.info)
    )
