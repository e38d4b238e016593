"""Rules as new objects that say the same, for what is known by identity."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TypeVar, cast

from epol.lang.model import Expr, Only, Prefer, RuleInfo

Part = TypeVar("Part")


def renewed(rule: RuleInfo) -> RuleInfo:
    """The rule with new expressions."""
    return replace(rule, condition=_new(rule.condition), effects=_new(rule.effects))


def _new(part: Part) -> Part:
    """A part of a rule; what is no expression stays what it is."""
    if isinstance(part, tuple):
        items = cast("tuple[object, ...]", part)
        return cast(Part, tuple(_new(each) for each in items))
    if isinstance(part, Expr | Only | Prefer):
        made = copy(part)
        vars(made).update({name: _new(cast(object, each)) for name, each in vars(part).items()})
        return made
    return part
