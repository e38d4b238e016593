"""What would be decided if: a prompt and facts, rehearsed, and nothing of it kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, cast

import msgspec

from epol.engine import Decision, Enforced, Engine, RefusedTargetError, RequestError
from epol.engine.bundle.manifest import Attribute, Manifest
from epol.engine.decision import ROUTE
from epol.gateway.live.controls import Control, controls, given
from epol.gateway.policies import Policies
from epol.gateway.problems import ProblemError

API = "openai.chat"
MOST_TEXT = 32 * 1024
"""Characters of a prompt."""
MOST_PREVIEWS = 8
"""Targets whose treated text is shown, the best first."""
SWEEP_SECONDS = 0.5
"""How long to try other values; models of a policy may take more than that."""


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A prompt, and values by name that are otherwise; null is not given.

    Numbers are on the scale of their type: microseconds, millionths, bytes.
    """

    text: str = ""
    given: dict[str, bool | int | str | list[str] | None] = {}


_asked = msgspec.json.Decoder(Asked)

Run = tuple[int, str, object]
"""Values of a control with one verdict: how many, which, and the first, exactly."""

Piece = tuple[str, str]
"""A piece of a text, and the label that was found or treated there (else empty)."""


def answer(policies: Policies, body: bytes) -> bytes:
    """The answer to what the page asks, as JSON.  Raises `ProblemError`; takes a while."""
    try:
        asked = _asked.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProblemError(400, "bad-request", "a prompt and values by name are wanted") from None
    if len(asked.text) > MOST_TEXT:
        raise ProblemError(413, "body-too-large", f"a prompt has at most {MOST_TEXT} characters")
    try:
        return msgspec.json.encode(_rehearsed(policies, asked))
    except RequestError as error:
        raise ProblemError(400, "bad-request", str(error)) from None


def _rehearsed(policies: Policies, asked: Asked) -> dict[str, object]:
    engine = policies.engine
    attributes, signals = _facts(engine.manifest, asked.given)
    enforced = engine.rehearse(
        {"messages": [{"role": "user", "content": asked.text}]},
        API,
        attributes=attributes,
        signals=signals,
        tools=policies.tools,
    )
    return {
        "decision": _told(enforced.decision),
        "stated": {n: v for n, v in enforced.attributes.items() if n not in asked.given},
        "found": list(_marked(asked.text, enforced)),
        "previews": _previews(enforced, asked.text),
        "sweeps": _sweeps(engine, enforced),
    }


def _facts(
    manifest: Manifest, said: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Attributes and signals.  Raises `RequestError`."""
    known = {each.name: each for each in manifest.attributes}
    attributes: dict[str, object] = {}
    signals: dict[str, object] = {}
    for name, value in said.items():
        attribute = known.get(name)
        if attribute is None:
            raise RequestError("attributes: the policy does not declare one of these names")
        where = signals if attribute.keyword == "signal" and value is None else attributes
        where[name] = given(attribute, value)
    return attributes, signals


def _told(decision: Decision) -> dict[str, object]:
    """The decision as JSON, scores as plain numbers."""
    told = decision.to_json()
    targets = {
        name: {
            "permitted": each.permitted,
            "hold": each.hold,
            "score": each.score / 10**6,
            "treatments": {label: str(d.treatment) for label, d in each.treatments.items()},
            "caps": {cap: str(value) for cap, value in _caps(told, name).items()},
            "tools": each.tools,
            "tags": each.tags,
            "fired": each.fired,
        }
        for name, each in decision.targets.items()
    }
    return {**told, "targets": targets}


def _caps(told: Mapping[str, object], target: str) -> Mapping[str, object]:
    targets = cast(Mapping[str, Mapping[str, Mapping[str, object]]], told["targets"])
    return targets[target]["caps"]


def _spans(enforced: Enforced, text: str) -> list[tuple[int, int, str]]:
    """What was found in a text, in order; of what overlaps, the first and then the longest."""
    spans: list[tuple[int, int, str]] = []
    for each in sorted(enforced.findings(text), key=lambda f: (f.start, -f.end)):
        if not spans or each.start >= spans[-1][1]:
            spans.append((each.start, each.end, each.label))
    return spans


def _marked(text: str, enforced: Enforced) -> Iterator[Piece]:
    """A text in pieces, those with something found by its label."""
    at = 0
    for start, end, label in _spans(enforced, text):
        yield from ((text[at:start], ""), (text[start:end], label))
        at = end
    yield text[at:], ""


def _previews(enforced: Enforced, text: str) -> list[dict[str, object]]:
    """For the best targets, the text as it would go out to each."""
    decision = enforced.decision
    found: list[dict[str, object]] = []
    for name in decision.order[:MOST_PREVIEWS]:
        # A person's word is what a held one waits for; this is what it would be about.
        enforced.approve(name)
        try:
            body = enforced.body_for(name)
        except RefusedTargetError as error:
            found.append({"target": name, "problem": str(error)})
            continue
        found.append({"target": name, **_went(body, enforced, text)})
    return found


def _went(body: object, enforced: Enforced, text: str) -> dict[str, object]:
    """What a treated body says, with what was written into it marked; null where it is dropped."""
    # It comes back in the form in which it was given.
    fields = cast(Mapping[str, Any], body)
    rest = {name: value for name, value in fields.items() if name != "messages"}
    contents = [message.get("content") for message in fields["messages"]]
    said = next((each for each in contents if isinstance(each, str)), None)
    if said is None:
        return {"text": None, "body": rest}
    return {"text": written(text, _spans(enforced, text), said), "body": rest}


def written(before: str, spans: Sequence[tuple[int, int, str]], after: str) -> list[Piece]:
    """A treated text in pieces, those that stand for something that was found by its label.

    What stands between two spans stays, so it is looked for; where it cannot be found again,
    nothing is marked.
    """
    pieces: list[Piece] = []
    at = read = 0
    label = original = ""
    for start, end, found in [*spans, (len(before), len(before), "")]:
        kept = before[read:start]
        is_last = start == len(before) and not found
        place = len(after) - len(kept) if is_last else after.find(kept, at)
        if place < at or after[place : place + len(kept)] != kept:
            return [(after, "")]
        new = after[at:place]
        pieces += [(new, label if new != original else ""), (kept, "")]
        at, read, label, original = place + len(kept), end, found, before[start:end]
    return [piece for piece in pieces if piece[0]] if at == len(after) else [(after, "")]


def _sweeps(engine: Engine, enforced: Enforced) -> dict[str, list[Run]]:
    """For each control, how the verdict would run along its values, if only that were otherwise.

    What takes too long is left out.
    """
    if enforced.decision.failure is not None:
        return {}
    until = time.monotonic() + SWEEP_SECONDS
    found: dict[str, list[Run]] = {}
    for control in controls(engine.manifest, engine.thresholds()):
        if control.is_read and time.monotonic() < until:
            verdicts = _Along(enforced, control)
            if control.stops:
                found[control.name] = list(_runs(control.stops, verdicts))
            elif control.type in ("bool", "enum"):
                found[control.name] = list(_runs(control.members or (False, True), verdicts))
    return found


class _Along:
    """The verdict by the value of one control: a target, with `?` if it is held, or nothing."""

    def __init__(self, enforced: Enforced, control: Control) -> None:
        self._enforced, self._name = enforced, control.name
        self._attribute = Attribute("", "", control.type)

    def __call__(self, value: object) -> str:
        decision = self._enforced.varied(self._name, given(self._attribute, value))
        if decision.target is None:
            return ""
        return decision.target if decision.status == ROUTE else f"?{decision.target}"


def _runs(values: Sequence[object], verdict: Callable[[object], str]) -> Iterator[Run]:
    before: object = None
    for said, run in groupby(values, key=verdict):
        own = list(run)
        first = own[0]
        if isinstance(before, int) and isinstance(first, int) and type(first) is not bool:
            first = _turn(before, first, verdict)
        yield len(own), said, first
        before = own[-1]


def _turn(low: int, high: int, verdict: Callable[[object], str]) -> int:
    """The first value above `low` with the verdict of `high`, if there is one turn between them."""
    wanted = verdict(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if verdict(middle) == wanted else (middle, high)
    return high
