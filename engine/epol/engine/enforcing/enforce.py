"""From a body to a verdict on it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from epol.engine.bodies.apis import api as api_of
from epol.engine.bodies.body import RequestBody
from epol.engine.bodies.document import read
from epol.engine.bodies.parts import Source
from epol.engine.decision import BLOCK
from epol.engine.enforcing.answers import Answering
from epol.engine.enforcing.enforced import Enforced
from epol.engine.enforcing.failures import reason_of
from epol.engine.enforcing.forms import Body, bytes_of
from epol.engine.enforcing.judge import Judge, Verdict
from epol.engine.enforcing.prepared import Prepared
from epol.engine.enforcing.reading import TextReader, read_runs, segments_of
from epol.engine.errors import RequestError
from epol.engine.policy import OPAQUE, Policy, Reading
from epol.engine.request import Request
from epol.engine.text.treatments.keys import Keys

_log = logging.getLogger("epol.engine")
_AT_LEAST = (OPAQUE, "request.images", "request.tools", "request.stream")
Tools = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True)
class Facts:
    """What a program says of a request beside its body: attributes, and of tools by name."""

    attributes: Mapping[str, object] = field(repr=False)
    tools: Tools = field(repr=False)


def enforce(
    judge: Judge, text: TextReader, body: Body, api: str, facts: Facts, keys: Callable[[], Keys]
) -> Enforced:
    """The verdict on a body of an API, and what carries it out.

    Raises `RequestError` for what cannot be read; whatever else fails, the decision is
    `block` and no body is to be had.
    """
    started = time.perf_counter()
    given = Request(facts.attributes)
    try:
        enforced, verdict = _judged(judge, text, body, api, facts, keys, started)
    except RequestError:
        raise
    except Exception as error:  # noqa: BLE001 (no request goes on because of a defect)
        return _failed(judge, given, body, error, started)
    decision = judge.final(verdict)
    return enforced if decision is verdict.decision else Enforced(decision, None, body)


def _judged(
    judge: Judge,
    text: TextReader,
    body: Body,
    name: str,
    facts: Facts,
    keys: Callable[[], Keys],
    started: float,
) -> tuple[Enforced, Verdict]:
    """The verdict, with the body of the chosen target treated."""
    api = api_of(name)
    parsed = api.request(Source(read(bytes_of(body))))
    reading = Reading(segments_of(parsed.runs), read_runs(text, parsed.runs), {})
    attributes = _attributes(facts.attributes, _stated(judge.policy, parsed))
    try:
        verdict = judge.decide(Request(attributes, reading.segments), reading, started)
    except RequestError:
        # A policy may mean something else by a name of std.edge: then the body says nothing of it.
        fitting = {
            n: v for n, v in _stated(judge.policy, parsed).items() if judge.policy.fits(n, v)
        }
        attributes = _attributes(facts.attributes, fitting)
        verdict = judge.decide(Request(attributes, reading.segments), reading, started)
    prepared = Prepared(text, name, api, parsed, reading.scan, keys())
    enforced = Enforced(verdict.decision, Answering(judge, prepared, attributes, facts.tools), body)
    if verdict.decision.status != BLOCK:
        enforced.prepare()
    return enforced, verdict


def _failed(judge: Judge, given: Request, body: Body, error: Exception, since: float) -> Enforced:
    name = reason_of(error)
    _log.error("a request could not be enforced: %s (%s)", name, type(error).__name__)
    return Enforced(judge.final(judge.blocked(given, name, since)), None, body)


def _stated(policy: Policy, body: RequestBody) -> dict[str, object]:
    """What a body says of itself, as far as a policy declares it."""
    facts = {**body.facts, OPAQUE: body.opaque}
    return {name: value for name, value in facts.items() if name in policy.declared}


def _attributes(given: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """What is given, with what the body says of itself.

    The program knows better, but not that there is less than there is.
    """
    merged = {**own, **{name: value for name, value in given.items() if value is not None}}
    for name in _AT_LEAST:
        known, counted = merged.get(name), own.get(name)
        if isinstance(known, int) and isinstance(counted, int):
            merged[name] = max(known, counted)
    return merged
