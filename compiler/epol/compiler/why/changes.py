"""What would change a decision: for each fact, the nearest value that leads elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from epol.compiler.check.arithmetic import is_constant
from epol.compiler.why.reasons import data_name, place
from epol.lang.builtins import COST_INPUTS
from epol.lang.decision import BLOCK, HOLD
from epol.lang.literals import MILLION, Quantity, format_quantity
from epol.lang.model import (
    Add,
    Compare,
    Const,
    Count,
    Divide,
    Expr,
    Extreme,
    Found,
    If,
    In,
    Input,
    Like,
    Multiply,
    Only,
    Policy,
    Prefer,
    RuleInfo,
    Sends,
    TargetCost,
    TargetSignal,
    Value,
)
from epol.lang.request import Request
from epol.lang.semantics import decide, parts, walk
from epol.lang.types import BoolType, EnumType, NumericType, SetType, StringType

MOST = 8
MOST_DECISIONS = 200
"""How many changed requests are looked at: the search must stay quick."""

MOST_SECONDS = 3.0
"""How long the search may go on; only policies of hundreds of rules come near it."""

MOST_CANDIDATES = 12
"""How many values of one number are tried each way, before edges are searched for."""

Result = tuple[str, str | None]


@dataclass(frozen=True)
class _Try:
    """A changed request, and the change in words: the fact and (after a space) its value."""

    fact: str
    value: str
    request: Request


def what_would_change(policy: Policy, request: Request) -> list[str]:
    """Single changes of one fact after which the request would end elsewhere."""
    deadline = time.monotonic() + MOST_SECONDS
    now = _result(policy, request)
    changes: dict[tuple[str, Result], list[str]] = {}
    for attempt in islice(_attempts(policy, request, now), MOST_DECISIONS):
        then = _result(policy, attempt.request)
        if then != now:
            changes.setdefault((attempt.fact, then), []).append(attempt.value)
        if time.monotonic() > deadline:
            break
    sentences = [
        f"{fact}{' or'.join(values)}, {_outcome(policy, request, then)}."
        for (fact, then), values in changes.items()
    ]
    more = len(sentences) - MOST
    return sentences[:MOST] + (
        [f"Other facts would change it too ({more} more)."] if more > 0 else []
    )


def _result(policy: Policy, request: Request) -> Result:
    decision = decide(policy, request)
    return decision.status, decision.target


def _outcome(policy: Policy, request: Request, result: Result) -> str:
    status, target = result
    if status == BLOCK:
        return "it would be blocked"
    if request.flow != "request":
        return "it would wait for approval" if status == HOLD else "it would go on"
    where = place(policy.target(target or ""))
    return f"it would {'wait for approval to ' if status == HOLD else ''}go to {where}"


def _attempts(policy: Policy, request: Request, now: Result) -> Iterator[_Try]:
    rules = [rule for rule in policy.rules if request.flow in rule.flows]
    expressions = [expr for rule in rules for expr in _expressions(rule)]
    names = {name for expr in expressions for name in _inputs(policy, expr)}

    # What the request says, or does not know, is nearer to its author than what is by default.
    def order(name: str) -> tuple[bool, str]:
        return name not in request.inputs and policy.inputs[name].fallback is not None, name

    for name in sorted(names, key=order):
        yield from _attempts_on_input(policy, request, name, expressions, now)
    for label in sorted(_labels(policy, expressions)):
        yield from _attempts_on_label(policy, request, label)


def _expressions(rule: RuleInfo) -> Iterator[Expr]:
    yield rule.condition
    for effect in rule.effects:
        if isinstance(effect, Only):
            yield effect.condition
        elif isinstance(effect, Prefer):
            yield effect.amount


def _inputs(policy: Policy, expr: Expr) -> Iterator[str]:
    """The names of the inputs that an expression reads, on any target."""
    match expr:
        case Input(name=name):
            yield name
        case TargetSignal(signal=signal):
            yield from (f"{target.name}.{signal}" for target in policy.targets)
        case TargetCost():
            yield from COST_INPUTS
        case _:
            for part in parts(expr):
                yield from _inputs(policy, part)


def _labels(policy: Policy, expressions: list[Expr]) -> Iterator[str]:
    """Labels that conditions ask for, those asked for by `sends` included."""
    seen: set[str] = set()
    for expr in expressions:
        for part in walk(expr):
            if isinstance(part, Found | Count | Sends) and part.label not in seen:
                seen.add(part.label)
                if part.label in policy.labels:
                    yield part.label


def _with(request: Request, name: str, value: Value) -> Request:
    return replace(request, inputs={**request.inputs, name: value})


def _attempts_on_input(
    policy: Policy, request: Request, name: str, expressions: list[Expr], now: Result
) -> Iterator[_Try]:
    info = policy.inputs[name]
    given = request.inputs.get(name)
    current = info.fallback if given is None else given
    values: list[Value] = []
    match info.type:
        case BoolType():
            values = [True, False]
        case EnumType(members):
            values = list(members)
        case SetType(members):
            base = current if isinstance(current, frozenset) else frozenset[str]()
            values = [base ^ {member} for member in members]
        case StringType():
            values = sorted(_compared_strings(name, expressions))
        case NumericType():
            number = current if isinstance(current, int) else None
            tried = _Tried(policy, request, name)
            beside = _constants_beside(name, expressions)
            yield from _numeric_attempts(now, tried, info.type, number, beside)
    for value in values:
        if value != current:
            shown = value if isinstance(info.type, EnumType) else _shown(value)
            yield _Try(f"With {name}", f" {shown}", _with(request, name, value))


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, frozenset):
        return f"{{ {', '.join(sorted(value))} }}" if value else "{ }"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _compared_strings(name: str, expressions: list[Expr]) -> set[str]:
    """Constants that a string input is compared with."""
    found: set[str] = set()
    for expr in expressions:
        for part in walk(expr):
            if isinstance(part, Compare | In) and any(p == name for p in _direct(part)):
                found |= {str(p.value) for p in parts(part) if isinstance(p, Const)}
            if isinstance(part, Like) and name in _direct(part) and "*" not in part.glob:
                found.add(part.glob)
    return found


def _direct(expr: Expr) -> list[str]:
    return [p.name for p in parts(expr) if isinstance(p, Input) and not is_constant(p)]


def _numeric_attempts(
    now: Result, tried: _Tried, type_: NumericType, current: int | None, beside: _Beside
) -> Iterator[_Try]:
    """Below and above, the value nearest to the current one that leads elsewhere."""
    constants, stands_alone = beside
    start = type_.low if current is None else current
    values = {v + d for v in constants for d in (-1, 0, 1)} | {type_.low, type_.high}
    inside = sorted(v for v in values if type_.low <= v <= type_.high)
    above = [v for v in inside if v > start or current is None]
    below = [v for v in reversed(inside) if v < start and current is not None]
    for candidates, words in ((below, "or less"), (above, "or more")):
        nearest = candidates[:MOST_CANDIDATES] + candidates[-1:]
        edge = _first_change(now, tried, None if current is None else start, nearest)
        if edge is not None:
            then = tried.result(edge)
            same_beyond = stands_alone and all(
                tried.result(v) == then for v in nearest if abs(v - start) >= abs(edge - start)
            )
            tail = f" {words}" if same_beyond and edge != candidates[-1] else ""
            shown = format_quantity(Quantity(type_.kind, edge))
            yield _Try(f"With {tried.name}", f" at {shown}{tail}", tried.request_at(edge))


def _first_change(
    now: Result, tried: _Tried, start: int | None, candidates: list[int]
) -> int | None:
    """The first candidate that leads elsewhere, brought as near to the one before as it can."""
    same = start
    for value in candidates:
        if tried.result(value) != now:
            return value if same is None else _edge(now, tried, same, value)
        same = value
    return None


def _edge(now: Result, tried: _Tried, same: int, other: int) -> int:
    """Between a value that changes nothing and one that does, an edge beside the first."""
    while abs(other - same) > 1:
        middle = (same + other) // 2
        if tried.result(middle) == now:
            same = middle
        else:
            other = middle
    return other


@dataclass(frozen=True)
class _Tried:
    """The results of a request with one input changed, each decided once."""

    policy: Policy
    request: Request
    name: str
    known: dict[int, Result] = field(default_factory=dict[int, Result])

    def request_at(self, value: int) -> Request:
        return _with(self.request, self.name, value)

    def result(self, value: int) -> Result:
        if value not in self.known:
            self.known[value] = _result(self.policy, self.request_at(value))
        return self.known[value]


_Beside = tuple[set[int], bool]


def _constants_beside(name: str, expressions: list[Expr]) -> _Beside:
    """Constants in comparisons that read an input, on its own scale or converted to it.

    Also whether the input meets nothing but constants: then these are all the values at
    which anything can change.
    """
    found: set[int] = set()
    alone = True
    for expr in expressions:
        for part in walk(expr):
            inside = list(walk(part))
            reads = any(isinstance(p, Input) and p.name == name for p in inside)
            if reads and isinstance(part, Compare | In):
                numbers = [p.value for p in inside if isinstance(p, Const)]
                found |= {v // s for v in numbers if isinstance(v, int) for s in (1, MILLION)}
                alone = alone and all(_is_plain(p, name) for p in inside[1:])
            elif reads and isinstance(part, Add | Divide | Extreme | If | TargetCost):
                alone = False
    return found, alone


def _is_plain(part: Expr, name: str) -> bool:
    """A constant, the input itself, or the conversion of it to another scale."""
    is_input = isinstance(part, Input) and part.name == name
    return is_input or isinstance(part, Const | Multiply)


def _attempts_on_label(policy: Policy, request: Request, label: str) -> Iterator[_Try]:
    below = policy.labels[label].below
    present = [name for name in below if name in request.labels and request.labels[name] != {}]
    name = data_name(policy, label)
    if any(request.labels[p] is None or sum((request.labels[p] or {}).values()) for p in present):
        without = {n: c for n, c in request.labels.items() if n not in below}
        yield _Try(f"Without any {name}", "", replace(request, labels=without))
    else:
        labels = {**request.labels, label: {"user": 1}}
        yield _Try(f"With a {name} in it", "", replace(request, labels=labels))
