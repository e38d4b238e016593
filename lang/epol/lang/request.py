"""A request as the evaluator reads it, and the reading of it from JSON.

The JSON shape is that of interfaces.md: flow, target, attributes, labels, text.
Whatever is wrong in it is a `RequestError` that names the place and the cure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from epol.lang.builtins import FLOWS, ROLES
from epol.lang.diagnostics import did_you_mean
from epol.lang.literals import (
    MILLION,
    SCALE,
    Kind,
    LiteralError,
    floor_number,
)
from epol.lang.model import Counts, InputInfo, Policy, Value
from epol.lang.types import (
    BOOL,
    MAX_INT,
    BoolType,
    EnumType,
    NumericType,
    SetType,
    StringType,
)

MAX_REQUEST_BYTES = 16 * 1024 * 1024
MAX_JSON_DEPTH = 64
MAX_DIGITS = 40
MOST_SHOWN = 8
KEYS = ("flow", "target", "attributes", "labels", "text")


_NAME = re.compile(r"[a-z][a-z0-9_.]{0,79}\Z")


class RequestError(ValueError):
    """A request that cannot be decided; str() names the place and says what to do.

    It never repeats a value or text of the request.
    """


@dataclass(frozen=True)
class Request:
    """Facts of one request: given inputs, counts of labels by role (None: unknown).

    A label that is not in `labels` was not found.  `text` holds (role, text) pairs.  `unread`
    are labels that are unknown only because no model has read the text, `unknown` inputs that are
    to stay unknown although a model could tell.
    """

    flow: str = "request"
    target: str | None = None
    inputs: Mapping[str, Value] = field(default_factory=dict[str, Value])
    labels: Mapping[str, Counts] = field(default_factory=dict[str, Counts])
    text: tuple[tuple[str, str], ...] = ()
    unread: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()


def parse_json(text: str | bytes) -> object:
    """JSON with exact numbers (Decimal), no duplicate keys, no NaN, bounded depth.

    Raises `RequestError` for anything else.
    """
    if len(text) > MAX_REQUEST_BYTES:
        raise RequestError("the request is larger than 16 MiB")
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        value: object = json.loads(
            text,
            parse_float=_parse_float,
            parse_int=_parse_int,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
        _check_depth(value)
        return value
    except UnicodeDecodeError as error:
        raise RequestError(f"the request is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise RequestError(f"the request is not JSON: {error.msg} ({place})") from None
    except RecursionError:
        raise RequestError("the request is nested too deep") from None


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_JSON_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise RequestError(f"the request is nested more than {MAX_JSON_DEPTH} levels deep")


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast(dict[str, object], value).values()
    return cast(list[object], value) if isinstance(value, list) else ()


def _parse_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise RequestError(f"a number of {len(digits)} digits is too large")
    return int(digits)


def _parse_float(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise RequestError("a number has an exponent that is too large") from None


def _refuse_constant(word: str) -> object:
    raise RequestError(f"`{word}` is not a JSON value")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for i, key in enumerate(keys) if key in keys[:i])
        raise RequestError(f"{_name(twice)} stands twice in one object")
    return result


def read_request(obj: object, policy: Policy) -> Request:
    """The request that a JSON value denotes under a policy.  Raises `RequestError`."""
    top = _mapping(obj, "the request")
    for key in top:
        if key not in KEYS:
            raise _unknown("the request", key, KEYS, "a key of a request")
    flow = _flow(top.get("flow", "request"))
    request = Request(
        flow=flow,
        target=_target(top.get("target"), flow, policy),
        inputs=_attributes(top.get("attributes"), policy),
        labels=_labels(top.get("labels"), policy),
        text=_text(top.get("text")),
    )
    return complete(request, policy)


def complete(request: Request, policy: Policy) -> Request:
    """A request with what follows from its text alone, before anything has read it.

    In no text there is nothing to count or match.  In text that no model has read, a
    label that a model detects is unknown.  The rest is the scanner's to say.
    """
    if any(text for _, text in request.text):
        unread = {d.label for d in policy.detectors if d.model is not None} - {*request.labels}
        labels = {**dict.fromkeys(sorted(unread)), **request.labels}
        return replace(request, labels=labels, unread=frozenset(unread))
    empty = {
        info.name: nothing_found(info) for info in policy.inputs.values() if info.text is not None
    }
    return replace(request, inputs={**empty, **request.inputs})


def nothing_found(info: InputInfo) -> Value:
    """What a text signal is where there is no text."""
    return False if info.type == BOOL else 0


def _flow(value: object) -> str:
    if value not in FLOWS:
        raise RequestError(f"flow: one of {', '.join(FLOWS)} is wanted here")
    return cast(str, value)


def _target(value: object, flow: str, policy: Policy) -> str | None:
    if flow == "request":
        if value is not None:
            raise RequestError("target: only the flows response and tool_call name a target")
        return None
    names = [target.name for target in policy.targets]
    if value is None:
        message = f"target: the flow {flow} needs the target that produced the content"
        raise RequestError(f"{message}, one of {', '.join(names)}")
    if not isinstance(value, str) or value not in names:
        raise RequestError(f"target: one of {', '.join(names) or 'no targets'} is wanted here")
    return value


def _attributes(value: object, policy: Policy) -> dict[str, Value]:
    given: dict[str, Value] = {}
    for name, raw in _mapping(value, "attributes").items():
        info = policy.inputs.get(name)
        if info is None:
            raise _unknown(
                "attributes", name, policy.inputs, "an attribute or signal of the policy"
            )
        if raw is not None:
            given[name] = read_value(raw, info)
    return given


def read_value(raw: object, info: InputInfo) -> Value:
    """A JSON value as a value of an input's type, floored to its scale.

    Raises `RequestError` for a wrong type, unit, member or range.
    """
    where = f"attributes: {info.name}"
    match info.type:
        case BoolType():
            if not isinstance(raw, bool):
                raise _wrong(where, raw, "true or false")
            return raw
        case StringType():
            if not isinstance(raw, str):
                raise _wrong(where, raw, "a string")
            return raw
        case EnumType(members):
            if not isinstance(raw, str) or raw not in members:
                raise _wrong(where, raw, f"one of {', '.join(members)}")
            return raw
        case SetType(members):
            return _set(where, raw, members)
        case NumericType():
            return _numeric(where, raw, info.type)


def _set(where: str, raw: object, members: tuple[str, ...]) -> frozenset[str]:
    if not isinstance(raw, list):
        raise _wrong(where, raw, f"an array of {', '.join(members)}")
    items = cast(list[object], raw)
    for item in items:
        if not isinstance(item, str) or item not in members:
            raise _wrong(where, item, f"one of {', '.join(members)}")
    return frozenset(cast(list[str], items))


_EXAMPLES = {
    Kind.INT: "a whole number (900)",
    Kind.NUMBER: "a number (0.35)",
    Kind.DURATION: 'a duration in a string ("80ms")',
    Kind.MONEY: 'an amount in a string ("$4.50")',
    Kind.SIZE: 'a size in a string ("512MiB")',
}


def _numeric(where: str, raw: object, type_: NumericType) -> int:
    value = _scaled(where, raw, type_.kind)
    if not type_.low <= value <= type_.high:
        raise RequestError(f"{where}: the value is outside {type_.range_text()}")
    return value


def _scaled(where: str, raw: object, kind: Kind) -> int:
    if isinstance(raw, str):
        try:
            quantity = floor_number(raw)
        except LiteralError:
            raise _wrong(where, raw, _EXAMPLES[kind]) from None
        if quantity.kind == kind:
            return quantity.value
        if {quantity.kind, kind} == {Kind.INT, Kind.NUMBER}:
            value = quantity.value
            return value * MILLION if kind == Kind.NUMBER else value // MILLION
        raise _wrong(where, raw, _EXAMPLES[kind])
    if kind in (Kind.INT, Kind.NUMBER) and not isinstance(raw, bool):
        if isinstance(raw, float):
            return _floor(where, Decimal(repr(raw)), kind)
        if isinstance(raw, int | Decimal):
            return _floor(where, Decimal(raw), kind)
    raise _wrong(where, raw, _EXAMPLES[kind])


def _floor(where: str, value: Decimal, kind: Kind) -> int:
    if not value.is_finite() or value.adjusted() > MAX_DIGITS:
        raise RequestError(f"{where}: the number is too large")
    if value and value.adjusted() < -MAX_DIGITS:
        return -1 if value < 0 else 0
    if len(value.as_tuple().digits) > 20 * MAX_DIGITS:
        raise RequestError(f"{where}: the number has too many digits")
    numerator, denominator = value.as_integer_ratio()
    return numerator * SCALE[kind] // denominator


def _labels(value: object, policy: Policy) -> dict[str, Counts]:
    labels: dict[str, Counts] = {}
    for name, raw in _mapping(value, "labels").items():
        if name not in policy.labels:
            raise _unknown("labels", name, policy.labels, "a label of the policy")
        where = f"labels: {name}"
        if raw is None:
            labels[name] = None
        elif isinstance(raw, dict):
            counts = cast(dict[str, object], raw)
            for role in counts:
                if role not in ROLES:
                    raise _unknown(where, role, ROLES, "a role")
            labels[name] = {r: _count(f"{where}: {r}", n) for r, n in counts.items()}
            _count(where, sum(cast(int, n) for n in counts.values()))
        else:
            labels[name] = {"user": _count(where, raw)}
    return labels


def _count(where: str, raw: object) -> int:
    whole = isinstance(raw, int) and not isinstance(raw, bool)
    if not whole or not 0 <= cast(int, raw) <= MAX_INT:
        raise _wrong(where, raw, "a whole number from 0 to 2147483647, null, or counts by role")
    return cast(int, raw)


def _text(value: object) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _wrong("text", value, 'an array of {"role": …, "text": …}')
    return tuple(_segment(f"text[{i}]", part) for i, part in enumerate(cast(list[object], value)))


def _segment(where: str, part: object) -> tuple[str, str]:
    segment = _mapping(part, where)
    for key in segment:
        if key not in ("role", "text"):
            raise _unknown(where, key, ("role", "text"), "a key of a text segment")
    role, text = segment.get("role", "user"), segment.get("text")
    if not isinstance(role, str) or role not in ROLES:
        raise RequestError(f"{where}: `role` must be one of {', '.join(ROLES)}")
    if not isinstance(text, str):
        raise RequestError(f"{where}: `text` must be a string")
    return role, text


def _mapping(value: object, where: str) -> dict[str, Any]:
    if value is None and where != "the request":
        return {}
    if not isinstance(value, dict):
        raise _wrong(where, value, "an object")
    return cast(dict[str, Any], value)


# What a request says is not repeated in an error: it may be what must not leave.  Keys are
# shown where they look like names, because an error has to name what it is about.


def _wrong(where: str, raw: object, wanted: str) -> RequestError:
    return RequestError(f"{where}: {wanted} is wanted here, and this is {_kind(raw)}")


def _unknown(where: str, word: object, known: Iterable[str], what: str) -> RequestError:
    """A word that is not on a list; shown if it is a key that looks like a name."""
    words = list(known)
    suggestion = did_you_mean(word, words) if isinstance(word, str) else None
    more = ", …" if len(words) > MOST_SHOWN else ""
    listed = f"known: {', '.join(words[:MOST_SHOWN])}{more}" if words else "there is none"
    return RequestError(f"{where}: {_name(word)} is not {what}; {suggestion or listed}")


def _name(word: object) -> str:
    if isinstance(word, str) and _NAME.match(word):
        return f"`{word}`"
    return "this key"


def _kind(raw: object) -> str:
    match raw:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float() | Decimal():
            return "a number"
        case str():
            return "a string that is none"
        case dict():
            return "an object"
        case _:
            return "an array"
