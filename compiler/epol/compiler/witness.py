"""A request as a `test` block, which says what the request shows and can be pasted in.

Labels are shown as text in which the scanner finds them, made of their detectors' examples, if
the test then runs exactly the request; else they are set.  Labels that a model detects are set
even then, for what a model finds in the text, or whether it is there, is not for the policy to
say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from epol.compiler.composing import Texts, composed
from epol.compiler.decided import decided
from epol.compiler.scanning import scanned
from epol.engine.bundle.service import ScanLimitError
from epol.lang.decision import Decision
from epol.lang.literals import Kind, Quantity, format_quantity
from epol.lang.model import Counts, InputInfo, Policy, Value
from epol.lang.printing import string
from epol.lang.request import Request, complete, nothing_found
from epol.lang.types import NumericType, StringType


def as_test(
    policy: Policy,
    request: Request,
    title: str,
    expected: Iterable[str] | None = None,
    text: Texts = (),
) -> str:
    """The block: what the request gives, and what is expected of it.

    That is where the request goes today, if nothing else is given.  Text of the request itself
    is never in it, but `text`, made for it, if that says the same of labels.
    """
    if expected is None:
        expected = [status_line(decided(policy, request))]
    lines = [f"test {string(title)} {{"]
    if request.flow != "request":
        lines.append(f"  on {request.flow} from {request.target}")
    shown = _shown(policy, request, text)
    lines += [f"  text {'' if r == 'user' else f'{r} '}{string(text)}" for r, text in shown.text]
    given = facts(policy, shown)
    if given:
        lines.append(f"  set {', '.join(given)}")
    return "\n".join([*lines, *(f"  expect {each}" for each in expected), "}"])


def status_line(decision: Decision) -> str:
    """What a test expects of the request as a whole."""
    return "blocked" if decision.target is None else f"{decision.status} {decision.target}"


def facts(policy: Policy, request: Request) -> list[str]:
    """What a request gives, as `set` writes it."""
    return [*_inputs(policy, request), *_labels(request)]


def _shown(policy: Policy, request: Request, text: Texts) -> Request:
    """What a test has to say for a request: what the rest of it does not say anyway."""
    bare = replace(request, text=(), labels=_found(request.labels))
    for texts in (text,) if text else composed(policy, bare):
        shown = _beside(policy, bare, replace(bare, text=texts))
        if shown is not None:
            return shown
    implied = complete(replace(bare, inputs={}), policy).inputs
    return replace(bare, inputs=_without(bare.inputs, implied))


def _beside(policy: Policy, wanted: Request, told: Request) -> Request | None:
    """A request with text that leaves out what the text says; None if it is another one then."""
    try:
        alone = scanned(complete(replace(told, inputs={}, labels={}), policy), policy)
        read = {n: alone.labels.get(n, {}) for n in {*alone.labels, *wanted.labels}}
        models = {name: {"user": 0} for name, counts in read.items() if counts is None}
        labels = {**models, **wanted.labels}
        own = {n: counts for n, counts in labels.items() if counts is None or read[n] != counts}
        shown = replace(told, inputs=_without(wanted.inputs, alone.inputs), labels=own)
        run = scanned(complete(shown, policy), policy)
    except ScanLimitError:
        return None
    same = _found(run.labels) == wanted.labels and run.inputs == {**alone.inputs, **wanted.inputs}
    is_as_decided = same and decided(policy, run) == decided(policy, wanted)
    return shown if is_as_decided else None


def _found(labels: Mapping[str, Counts]) -> dict[str, Counts]:
    """Labels that are found or unknown, without roles in which there is nothing."""
    counted = {
        name: None if counts is None else {role: n for role, n in counts.items() if n}
        for name, counts in labels.items()
    }
    return {name: counts for name, counts in counted.items() if counts is None or counts}


def _without(inputs: Mapping[str, Value], implied: Mapping[str, Value]) -> dict[str, Value]:
    """Inputs other than those that the text, or its absence, gives the same value."""
    return {n: value for n, value in inputs.items() if n not in implied or implied[n] != value}


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
