"""Signals that models compute from a request's text, for the commands that run models."""

from __future__ import annotations

from collections.abc import Iterator

from epol.engine.bundle.program import Similarity
from epol.engine.bundle.service import EpolError, TextService
from epol.lang.literals import MILLION, Kind
from epol.lang.model import Expr, Input, InputInfo, Only, Policy, Prefer, TextSignal, Value
from epol.lang.request import Request
from epol.lang.semantics import walk
from epol.lang.types import NumericType


def rated(request: Request, policy: Policy, service: TextService) -> dict[str, Value]:
    """What models say of signals that rules read and the request does not give.

    One that cannot be run, or whose answer is none of the signal's values, leaves it unknown.
    """
    wanted = {
        name: info
        for name, info in policy.inputs.items()
        if info.model is not None and name not in request.inputs and name not in request.unknown
    }
    if not wanted:
        return {}
    read = {node.name for node in _nodes(policy) if isinstance(node, Input)}
    said = {name: _said(wanted[name], request, service) for name in wanted if name in read}
    return {name: value for name, value in said.items() if value is not None}


def similarity(signal: TextSignal | None) -> Similarity | None:
    """What is asked of a model of similarity; None for any other signal."""
    if signal is None or not signal.phrases:
        return None
    roles = None if signal.roles is None else tuple(sorted(signal.roles))
    return Similarity(signal.phrases, roles)


def _said(info: InputInfo, request: Request, service: TextService) -> int | None:
    type_ = info.type
    if info.model is None or not isinstance(type_, NumericType) or type_.kind != Kind.NUMBER:
        return None
    try:
        found = service.rate(info.model, similarity(info.text), request.text)
    except EpolError:
        return None
    value = None if found is None else round(found * MILLION)
    return value if value is not None and type_.low <= value <= type_.high else None


def _nodes(policy: Policy) -> Iterator[Expr]:
    for rule in policy.rules:
        yield from walk(rule.condition)
        for effect in rule.effects:
            if isinstance(effect, Only):
                yield from walk(effect.condition)
            elif isinstance(effect, Prefer):
                yield from walk(effect.amount)
