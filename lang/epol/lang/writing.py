"""A request as the JSON of interfaces.md, which `request.read_request` reads back."""

from __future__ import annotations

from epol.lang.literals import Kind, Quantity, format_quantity
from epol.lang.model import InputInfo, Policy, Value
from epol.lang.request import Request
from epol.lang.types import NumericType


def request_json(request: Request, policy: Policy) -> dict[str, object]:
    """JSON values that denote a request under its policy, exactly.

    Numbers with a unit or a fraction are literals of the language.  What the request says of
    its text beyond the text itself (labels, text signals) is written out.
    """
    inputs = sorted(request.inputs.items())
    return {
        "flow": request.flow,
        **({} if request.target is None else {"target": request.target}),
        "attributes": {name: _value(policy.inputs[name], value) for name, value in inputs},
        "labels": {
            name: None if counts is None else dict(counts)
            for name, counts in sorted(request.labels.items())
        },
        "text": [{"role": role, "text": text} for role, text in request.text],
    }


def _value(info: InputInfo, value: Value) -> object:
    match value:
        case frozenset():
            return sorted(value)
        case int() if not isinstance(value, bool) and isinstance(info.type, NumericType):
            kind = info.type.kind
            return value if kind == Kind.INT else format_quantity(Quantity(kind, value))
        case _:
            return value
