"""What a program says beside its formulas: names, inputs, models, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from epol.compiler.validation.refusal import RefusedError
from epol.engine.bundle.program import (
    BoolInput,
    Detected,
    EnumInput,
    FlowProgram,
    Input,
    InputType,
    Named,
    NumberInput,
    Program,
    Rule,
    Scalar,
    SetInput,
    Similarity,
    StringInput,
)
from epol.lang.model import InputInfo, Policy, Value
from epol.lang.types import BoolType, EnumType, NumericType, SetType, StringType, Type


def check_tables(program: Program, policy: Policy) -> None:
    """Raises `RefusedError` where a table is not what the policy says, or could be misread."""
    wanted = {
        "the targets": (program.targets, tuple(target.name for target in policy.targets)),
        "the labels": (program.labels, tuple(policy.labels)),
        "the rules": (program.rules, tuple(Rule(r.name, r.because) for r in policy.rules)),
        "the inputs": (program.inputs, tuple(_input(info) for info in policy.inputs.values())),
        "the models of labels": (program.models, tuple(_models(policy))),
    }
    for what, (written, meant) in wanted.items():
        if written != meant:
            raise RefusedError(f"{what} are not those of the policy")
    _check_once("features", program.features)
    _check_once("strings", program.strings)
    for name in ("request", "response", "tool_call"):
        _check_flow(program, getattr(program, name))


def _models(policy: Policy) -> Iterator[Detected]:
    places = {name: place for place, name in enumerate(policy.labels)}
    for detector in policy.detectors:
        if detector.model is not None:
            yield Detected(places[detector.label], detector.model, detector.cost or 0)


def _input(info: InputInfo) -> Input:
    return Input(
        name=info.name,
        type=_type(info.type),
        fallback=_fallback(info.fallback),
        stale_after=info.stale_after,
        model=info.model,
        cost=info.cost,
        text=_text(info),
        signal=info.keyword == "signal",
    )


def _text(info: InputInfo) -> str | Similarity | None:
    """What a text signal asks of the text; of a similarity, the phrases and whose text."""
    signal = info.text
    if signal is not None and signal.function == "similarity":
        roles = signal.roles
        return Similarity(signal.phrases, None if roles is None else tuple(sorted(roles)))
    return info.text_function


def _type(type_: Type) -> InputType:
    match type_:
        case BoolType():
            return BoolInput()
        case StringType():
            return StringInput()
        case EnumType(members):
            return EnumInput(members)
        case SetType(members):
            return SetInput(members)
        case NumericType(kind, low, high):
            return NumberInput(kind.value, low, high)


def _fallback(value: Value | None) -> Scalar | None:
    return tuple(sorted(value)) if isinstance(value, frozenset) else value


def _check_once(what: str, items: Iterable[object]) -> None:
    """The engine finds each by what it is, so that a second one would never be written."""
    listed = list(items)
    if len(set(listed)) != len(listed):
        raise RefusedError(f"one of its {what} is there twice")


def _check_flow(program: Program, flow: FlowProgram) -> None:
    outputs = flow.outputs
    _check_sorted("fired rules", [program.rules[n.index].name for n in outputs.fired])
    _check_sorted("reasons", [program.rules[n.index].name for n in outputs.reasons])
    _check_sorted("tags", _words(program, outputs.tags))
    _check_sorted("tools", _words(program, outputs.tools))
    _check_once("caps", (cap.name for cap in outputs.caps))
    _check_once("treated labels", (place for each in outputs.classes for place in each.labels))


def _words(program: Program, named: Iterable[Named]) -> list[str]:
    return [program.words[item.index] for item in named]


def _check_sorted(what: str, names: list[str]) -> None:
    """Decisions list names as the program does: sorted, and each once."""
    if names != sorted(set(names)):
        raise RefusedError(f"its {what} are not in order")
