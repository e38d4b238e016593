"""Whether a decision program is one: every place it names is there, and comes before.

The kernel checks nothing, so nothing reaches it that has not been judged here.
"""

from __future__ import annotations

from collections.abc import Iterable

from epol.engine.bundle.program import (
    GATES,
    MAX_TARGETS,
    And,
    BoolInput,
    EnumInput,
    Feature,
    Fixed,
    FlowProgram,
    Gather,
    Greatest,
    Group,
    HasMember,
    InputType,
    Lanes,
    Least,
    LikeGlob,
    Member,
    Named,
    Node,
    NumberInput,
    OfInput,
    Outputs,
    Program,
    Reading,
    Scalar,
    Scale,
    SetInput,
    Similarity,
    StringInput,
    Sum,
    Value,
    literals_of,
    numbers_of,
)
from epol.engine.bundle.treatment import Method
from epol.engine.errors import BundleError

MAX_NODES = 4_000_000
MAX_NUMBERS = 1_000_000

_LOW, _HIGH = -(2**63), 2**63 - 1
_STRONGEST = 6
_LARGEST_MEMBER = 65_535
_LONGEST_PHRASE = 1000


def check(program: Program) -> None:
    """Raises `BundleError` for a program that the kernel could not run safely."""
    if not 0 <= len(program.targets) <= MAX_TARGETS:
        raise _wrong("it has too many targets")
    for info in program.inputs:
        if info.fallback is not None and not _fits(info.fallback, info.type):
            raise _wrong("what stands in for an input is not of its type")
        if isinstance(info.text, Similarity) and not _can_compare(info.text.phrases):
            raise _wrong("a text is compared with no phrase, or with one that is empty or too long")
    for group in program.groups:
        _check_group(program, group)
    for reading in program.features:
        _check_reading(program, reading)
    for model in program.models:
        _place(model.label, len(program.labels), "the label of a model")
    for name in ("request", "response", "tool_call"):
        _Check(program, getattr(program, name)).all()


def _wrong(what: str) -> BundleError:
    return BundleError(f"the bundle's program is damaged: {what}; build the bundle anew")


def _fits(value: Scalar, type_: InputType) -> bool:
    match type_:
        case BoolInput():
            return isinstance(value, bool)
        case StringInput():
            return isinstance(value, str)
        case EnumInput(members):
            return value in members
        case SetInput(members):
            return isinstance(value, tuple) and set(value) <= set(members)
        case NumberInput(_, low, high):
            return type(value) is int and _LOW <= low <= value <= high <= _HIGH


def _can_compare(phrases: tuple[str, ...]) -> bool:
    most = max(map(len, phrases), default=0)
    return bool(phrases) and all(map(str.strip, phrases)) and most <= _LONGEST_PHRASE


def _check_group(program: Program, group: Group) -> None:
    for label in group.labels:
        _place(label, len(program.labels), "a label of a group")


def _check_reading(program: Program, reading: Reading) -> None:
    match reading:
        case OfInput(place) | HasMember(place) | LikeGlob(place):
            _place(place, len(program.inputs), "an input that is read")
            type_ = program.inputs[place].type
            if isinstance(reading, HasMember) != isinstance(type_, SetInput):
                raise _wrong("a set is read as something else")
            if isinstance(reading, LikeGlob) and not isinstance(type_, StringInput):
                raise _wrong("a glob is tried on something that is no string")
        case _:
            _place(reading.group, len(program.groups), "a group that is read")


class _Check:
    """The nodes and outputs of one flow."""

    def __init__(self, program: Program, flow: FlowProgram) -> None:
        self.program, self.flow = program, flow
        self.lanes = len(program.targets)
        self.gates = [isinstance(node, GATES) for node in flow.nodes]

    def all(self) -> None:
        nodes = self.flow.nodes
        if len(nodes) > MAX_NODES:
            raise _wrong("it has too many nodes")
        if not 0 <= self.flow.late <= len(nodes):
            raise _wrong("its late nodes begin nowhere")
        for place, node in enumerate(nodes):
            for literal in literals_of(node):
                self._gate(literal, place)
            if type(node) is not And:  # most are, and read no numbers
                for number in numbers_of(node):
                    self._number(number, place)
            self._constants(node)
        self._outputs(self.flow.outputs)

    def _gate(self, literal: int, before: int) -> None:
        place = literal >> 1
        if not 0 <= place < before or not self.gates[place]:
            raise _wrong("a gate that is read is not there")

    def _number(self, place: int, before: int) -> None:
        if not 0 <= place < before or self.gates[place]:
            raise _wrong("a number that is read is not there")

    def _constants(self, node: Node) -> None:
        """What a node says itself: masks, constants, features, sizes."""
        match node:
            case And(literals):
                if not literals:
                    raise _wrong("a conjunction is empty")
            case Fixed(true, false):
                if not 0 <= true < 1 << self.lanes or not 0 <= false < 1 << self.lanes:
                    raise _wrong("a fixed gate has lanes that no target has")
            case Least(numbers) | Greatest(numbers) if not numbers:
                raise _wrong("an extreme of nothing")
            case Member(_, members):
                if list(members) != sorted({m for m in members if 0 <= m <= _LARGEST_MEMBER}):
                    raise _wrong("members are not in order")
            case Value(value):
                self._fit(value)
            case Sum(constant, terms):
                self._fit(constant, *(coefficient for coefficient, _ in terms))
            case _:
                self._by_target(node)

    def _by_target(self, node: Node) -> None:
        match node:
            case Lanes(values):
                self._sized(len(values))
                self._fit(*(value for value in values if value is not None))
            case Feature(feature):
                self._feature(feature)
            case Gather(features):
                self._sized(len(features))
                for feature in features:
                    self._feature(feature)
            case Scale(_, numerator, denominator):
                self._fraction(numerator, denominator)
            case _:
                pass

    def _fit(self, *values: int) -> None:
        if any(not _LOW <= value <= _HIGH for value in values):
            raise _wrong("a constant has more than 64 bits")

    def _sized(self, size: int) -> None:
        if size != self.lanes:
            raise _wrong("a constant is not there for each target")

    def _feature(self, feature: int) -> None:
        _place(feature, len(self.program.features), "a feature that is read")

    def _fraction(self, numerator: int, denominator: int) -> None:
        above, below = self.flow.nodes[numerator], self.flow.nodes[denominator]
        if not isinstance(above, Value | Lanes):
            raise _wrong("a numerator is no constant")
        match below:
            case Value(value):
                known = [value]
            case Lanes(values):
                known = [value for value in values if value is not None]
            case _:
                raise _wrong("a denominator is no constant")
        if any(value <= 0 for value in known):
            raise _wrong("a denominator is not above zero")

    def _outputs(self, outputs: Outputs) -> None:
        early = self.flow.late
        self._named((*outputs.fired, *outputs.reasons), len(self.program.rules))
        self._named((*outputs.tags, *outputs.tools), len(self.program.words))
        for literal in (*outputs.verdict(), *outputs.roots):
            self._gate(literal, early)
        for points in outputs.points:
            self._gate(points.literal, early)
            self._number(points.number, early)
            if points.sign not in (-1, 1):
                raise _wrong("points have no sign")
        for blamed in outputs.blamed:
            self._gate(blamed.literal, len(self.flow.nodes))
            if blamed.group is not None:
                _place(blamed.group, len(self.program.groups), "a group that is blamed")
        self._treatments(outputs)

    def _named(self, items: Iterable[Named], names: int) -> None:
        for item in items:
            _place(item.index, names, "the name of something that comes out")
            self._gate(item.literal, self.flow.late)

    def _treatments(self, outputs: Outputs) -> None:
        for treated in outputs.treated:
            if not 0 < treated.treatment <= _STRONGEST or treated.keep_last < 0:
                raise _wrong("a treatment is none of the language's")
            if treated.method is not None:
                _check_method(treated.method, treated.amount)
        for class_ in outputs.classes:
            for label in class_.labels:
                _place(label, len(self.program.labels), "a label that is treated")
            for place in class_.treated:
                _place(place, len(outputs.treated), "a treatment that is asked for")


def _check_method(name: str, amount: int | None) -> None:
    try:
        Method(name, amount)
    except ValueError:
        raise _wrong("a generalization is none of the language's") from None


def _place(place: int, size: int, what: str) -> None:
    if not 0 <= place < size:
        raise _wrong(f"{what} is not there")
