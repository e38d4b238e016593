"""A request as a `test` block, which says what the request shows and can be pasted in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from epol.lang.decision import Decision
from epol.lang.literals import Kind, Quantity, format_quantity
from epol.lang.model import InputInfo, Policy, Value
from epol.lang.printing import string
from epol.lang.request import Request, nothing_found
from epol.lang.semantics import decide
from epol.lang.types import NumericType, StringType


def as_test(
    policy: Policy, request: Request, title: str, expected: Iterable[str] | None = None
) -> str:
    """The block: what the request gives, and what is expected of it.

    That is where the request goes today, if nothing else is given.  The request has no text of
    its own.
    """
    if expected is None:
        expected = [status_line(decide(policy, request))]
    lines = [f"test {string(title)} {{"]
    if request.flow != "request":
        lines.append(f"  on {request.flow} from {request.target}")
    given = [*_inputs(policy, request), *_labels(request)]
    if given:
        lines.append(f"  set {', '.join(given)}")
    return "\n".join([*lines, *(f"  expect {each}" for each in expected), "}"])


def status_line(decision: Decision) -> str:
    """What a test expects of the request as a whole."""
    return "blocked" if decision.target is None else f"{decision.status} {decision.target}"


def _inputs(policy: Policy, request: Request) -> Iterator[str]:
    """What the request gives; that nothing is found in no text goes without saying."""
    for name, value in sorted(request.inputs.items()):
        info = policy.inputs[name]
        if info.text is None or value != nothing_found(info):
            yield f"{name} = {_constant(info, value)}"


def _constant(info: InputInfo, value: Value) -> str:
    """A value as the language writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            assert isinstance(info.type, NumericType)
            return format_quantity(Quantity(info.type.kind, value))
        case str():
            return string(value) if isinstance(info.type, StringType) else value
        case _:
            return f"{{ {', '.join(sorted(value))} }}" if value else "{ }"


def _labels(request: Request) -> Iterator[str]:
    for name, counts in sorted(request.labels.items()):
        if counts is None:
            yield f"label {name} unknown"
        else:
            for role, count in counts.items():
                yield f"label {name}{'' if role == 'user' else f' from {role}'} = {count}"


def as_json(policy: Policy, request: Request) -> dict[str, object]:
    """The request as JSON values, for a case; numbers with a unit are literals in strings."""
    attributes = {
        name: _json_value(policy.inputs[name], value)
        for name, value in sorted(request.inputs.items())
        if policy.inputs[name].text is None or value != nothing_found(policy.inputs[name])
    }
    labels = {
        name: None if counts is None else dict(counts)
        for name, counts in sorted(request.labels.items())
    }
    off = {} if request.flow == "request" else {"flow": request.flow, "target": request.target}
    given = {"attributes": attributes, "labels": labels}
    return {**off, **{key: value for key, value in given.items() if value}}


def _json_value(info: InputInfo, value: Value) -> object:
    match value:
        case frozenset():
            return sorted(value)
        case int() if not isinstance(value, bool):
            assert isinstance(info.type, NumericType)
            whole = info.type.kind == Kind.INT
            return value if whole else format_quantity(Quantity(info.type.kind, value))
        case _:
            return value
