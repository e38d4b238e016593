"""Questions about rules that more than one finding asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from epol.compiler.analysing import Known, OwnRule
from epol.compiler.places import Place
from epol.lang.model import RuleInfo

if TYPE_CHECKING:
    from epol.compiler.smt.formula import Formula
    from epol.compiler.smt.terms import Bool


def places_of(known: Known, rule: RuleInfo) -> Iterator[tuple[Place, Formula]]:
    """Every place where a rule applies, with what is decided there."""
    for place in known.space.places:
        if place.flow in rule.flows:
            yield place, known.space.formula(place)


def may_fire(known: Known) -> dict[OwnRule, Bool]:
    """For each of the policy's own rules: whether its condition is true or unknown somewhere."""
    return {rule: known.space.fires(rule.info) for rule in known.own_rules}
