"""From a body to a verdict on it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from epol.engine.bodies.apis import api as api_of
from epol.engine.bodies.body import RequestBody
from epol.engine.bodies.document import read
from epol.engine.bodies.parts import Source
from epol.engine.decision import Decision
from epol.engine.enforcing.answers import Answering
from epol.engine.enforcing.enforced import Enforced
from epol.engine.enforcing.failures import reason_of
from epol.engine.enforcing.forms import Body, bytes_of
from epol.engine.enforcing.prepared import Prepared
from epol.engine.enforcing.reading import TextReader, read_runs, segments_of
from epol.engine.errors import RequestError
from epol.engine.policy import OPAQUE, Policy, Reading
from epol.engine.request import Request
from epol.engine.text.treatments.keys import Keys

_log = logging.getLogger("epol.engine")
_AT_LEAST = (OPAQUE, "request.images", "request.tools", "request.stream")


@dataclass(frozen=True)
class Facts:
    """What a program says of a request beside its body."""

    attributes: Mapping[str, object] = field(repr=False)
    signals: Mapping[str, object] = field(repr=False)
    tools: Mapping[str, Mapping[str, object]] = field(repr=False)
    strict: bool = True


def enforce(
    policy: Policy, text: TextReader, body: Body, api: str, facts: Facts, keys: Callable[[], Keys]
) -> Enforced:
    """The verdict on a body of an API, and what carries it out.

    Raises `RequestError` for what cannot be read; whatever else fails, the decision is
    `block` and no body is to be had.
    """
    given = Request(attributes=facts.attributes)
    try:
        found = api_of(api)
        parsed = found.request(Source(read(bytes_of(body))))
        scan = read_runs(text, parsed.runs)
        reading = Reading(segments_of(parsed.runs), scan, {})
        attributes = _attributes(policy, facts.attributes, parsed)
        decision = policy.decide(
            Request(attributes), facts.signals, strict=facts.strict, reading=reading
        )
        prepared = Prepared(text, found, parsed, reading.scan, keys())
        answering = Answering(policy, prepared, attributes, facts.signals, facts.tools)
        return _delivered(Enforced(decision, answering, body), policy, given, body)
    except RequestError:
        raise
    except Exception as error:  # noqa: BLE001 (no request goes on because of a defect)
        return _failed(policy, given, body, error)


def _delivered(enforced: Enforced, policy: Policy, given: Request, body: Body) -> Enforced:
    """The verdict, if the chosen target's body can be treated as it asks; else block."""
    decision: Decision = enforced.decision
    if decision.target is None:
        return enforced
    try:
        enforced.prepare(decision.targets[decision.target])
    except Exception as error:  # noqa: BLE001 (what cannot be treated does not go on)
        return _failed(policy, given, body, error)
    return enforced


def _failed(policy: Policy, given: Request, body: Body, error: Exception) -> Enforced:
    name = reason_of(error)
    _log.error("a request could not be enforced: %s (%s)", name, type(error).__name__)
    return Enforced(policy.blocked(given, name), None, body)


def _attributes(
    policy: Policy, given: Mapping[str, object], body: RequestBody
) -> dict[str, object]:
    """What is given, with what the body says of itself.

    The program knows better, but not that there is less than there is.
    """
    facts = {**body.facts, OPAQUE: body.opaque}
    own = {name: value for name, value in facts.items() if name in policy.declared}
    merged = {**own, **{name: value for name, value in given.items() if value is not None}}
    for name in _AT_LEAST:
        known, counted = merged.get(name), own.get(name)
        if isinstance(known, int) and isinstance(counted, int):
            merged[name] = max(known, counted)
    return merged
