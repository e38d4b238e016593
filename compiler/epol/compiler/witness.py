"""A request as a `test` block, which says what the request shows and can be pasted in."""

from __future__ import annotations

from collections.abc import Iterator

from epol.lang.literals import Quantity, format_quantity
from epol.lang.model import InputInfo, Policy, Value
from epol.lang.printing import string
from epol.lang.request import Request
from epol.lang.semantics import decide
from epol.lang.types import NumericType, StringType


def as_test(policy: Policy, request: Request, title: str) -> str:
    """The block: what the request gives, and where it goes.

    It expects what the policy decides today.  The request has no text of its own.
    """
    decision = decide(policy, request)
    lines = [f"test {string(title)} {{"]
    if request.flow != "request":
        lines.append(f"  on {request.flow} from {request.target}")
    given = facts(policy, request)
    if given:
        lines.append(f"  set {', '.join(given)}")
    expected = "blocked" if decision.target is None else f"{decision.status} {decision.target}"
    return "\n".join([*lines, f"  expect {expected}", "}"])


def facts(policy: Policy, request: Request) -> list[str]:
    """What a request gives, as `set` writes it."""
    return [*_inputs(policy, request), *_labels(request)]


def _inputs(policy: Policy, request: Request) -> Iterator[str]:
    for name, value in sorted(request.inputs.items()):
        yield f"{name} = {constant(policy.inputs[name], value)}"


def constant(info: InputInfo, value: Value) -> str:
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
