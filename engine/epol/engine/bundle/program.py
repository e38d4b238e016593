"""The decision program: what a policy decides, as plain data for one fixed kernel.

The compiler writes it, the engine runs it, and translation validation reads it back.  A
program is a list of nodes for each flow.  A node is a *gate*, which has a Kleene value on
each lane, or a *number*, which is known or unknown on each lane; a lane is one target of
one request.  A node reads only nodes before it.  A *literal* names a gate or its negation:
twice the gate's index, plus one where it is negated.

Numbers are int64 on the scales of language.md §3.  Enum members are numbers by their
place, strings by their place in `Program.strings` (-1: any other), bools are 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal as Word

from msgspec import Struct

MAX_TARGETS = 64

Flow = Word["request", "response", "tool_call"]

# --- gates ---------------------------------------------------------------------------


class Fixed(Struct, frozen=True, array_like=True, tag="fixed"):
    """A gate that does not depend on the request.

    Bit i of `true` (`false`) says that it can be true (false) on target i; both: unknown.
    """

    true: int
    false: int


class And(Struct, frozen=True, array_like=True, tag="and"):
    """Kleene conjunction of two or more literals."""

    literals: tuple[int, ...]


class Maybe(Struct, frozen=True, array_like=True, tag="maybe"):
    """True where a literal is true or unknown, else false; itself never unknown."""

    literal: int


class Known(Struct, frozen=True, array_like=True, tag="known"):
    """Whether a number is known; itself never unknown."""

    number: int


class Equal(Struct, frozen=True, array_like=True, tag="equal"):
    """Whether two numbers are equal; unknown if one of them is."""

    left: int
    right: int


class Less(Struct, frozen=True, array_like=True, tag="less"):
    """Whether one number is below another; unknown if one of them is."""

    left: int
    right: int


class Member(Struct, frozen=True, array_like=True, tag="member"):
    """Whether a number is one of some from 0 to 65535, ascending; unknown if it is."""

    number: int
    members: tuple[int, ...]


Gate = Fixed | And | Maybe | Known | Equal | Less | Member

# --- numbers -------------------------------------------------------------------------


class Feature(Struct, frozen=True, array_like=True, tag="feature"):
    """What is read from the request, by its place in `Program.features`."""

    feature: int


class Value(Struct, frozen=True, array_like=True, tag="value"):
    """A known constant."""

    value: int


class Lanes(Struct, frozen=True, array_like=True, tag="lanes"):
    """A constant for each target; None is unknown."""

    values: tuple[int | None, ...]


class Gather(Struct, frozen=True, array_like=True, tag="gather"):
    """A feature for each target."""

    features: tuple[int, ...]


class Sum(Struct, frozen=True, array_like=True, tag="sum"):
    """A constant and numbers, each times a coefficient; unknown if one of them is."""

    constant: int
    terms: tuple[tuple[int, int], ...]


class Scale(Struct, frozen=True, array_like=True, tag="scale"):
    """floor(number · numerator / denominator); unknown if one of them is.

    It is (x div d)·n + ((x mod d)·n) div d, so that no intermediate leaves 64 bits.
    Numerator and denominator are constants (`Value`, `Lanes`), the denominator above zero.
    """

    number: int
    numerator: int
    denominator: int


class Least(Struct, frozen=True, array_like=True, tag="least"):
    """The least of some numbers; unknown if one of them is."""

    numbers: tuple[int, ...]


class Greatest(Struct, frozen=True, array_like=True, tag="greatest"):
    """The greatest of some numbers; unknown if one of them is."""

    numbers: tuple[int, ...]


class Choose(Struct, frozen=True, array_like=True, tag="choose"):
    """One number where a literal is true, another where it is false; unknown where it is."""

    literal: int
    then: int
    otherwise: int


Number = Feature | Value | Lanes | Gather | Sum | Scale | Least | Greatest | Choose
Node = Gate | Number
GATES = (Fixed, And, Maybe, Known, Equal, Less, Member)


def literals_of(node: Node) -> tuple[int, ...]:
    """The literals that a node reads."""
    match node:
        case And(literals):
            return literals
        case Maybe(literal) | Choose(literal):
            return (literal,)
        case _:
            return ()


def numbers_of(node: Node) -> tuple[int, ...]:
    """The numbers that a node reads."""
    match node:
        case Known(number) | Member(number):
            return (number,)
        case Equal(left, right) | Less(left, right):
            return left, right
        case Sum(_, terms):
            return tuple(number for _, number in terms)
        case Scale(number, numerator, denominator):
            return number, numerator, denominator
        case Least(numbers) | Greatest(numbers):
            return numbers
        case Choose(_, then, otherwise):
            return then, otherwise
        case _:
            return ()


# --- what is read from a request -----------------------------------------------------


class BoolInput(Struct, frozen=True, tag="bool"):
    """true or false."""


class StringInput(Struct, frozen=True, tag="string"):
    """Any string."""


class EnumInput(Struct, frozen=True, tag="enum"):
    """One of some words."""

    members: tuple[str, ...]


class SetInput(Struct, frozen=True, tag="set"):
    """Any of some words."""

    members: tuple[str, ...]


class NumberInput(Struct, frozen=True, tag="number"):
    """A number of one kind, within bounds on the kind's scale, both included."""

    kind: Word["int", "number", "duration", "money", "size"]
    low: int
    high: int


InputType = BoolInput | StringInput | EnumInput | SetInput | NumberInput
Scalar = bool | int | str | tuple[str, ...]


class Similarity(Struct, frozen=True, tag="similarity"):
    """How near the text of some roles (None: all) comes to the nearest of some phrases."""

    phrases: tuple[str, ...]
    roles: tuple[str, ...] | None = None


class Input(Struct, frozen=True):
    """An attribute or signal that a request may give.

    `fallback` stands in where it is not given; None leaves it unknown.  A reading older
    than `stale_after` microseconds counts as not given.  `model` computes it at `cost`
    microseconds; `text` is what the scan of the text computes, or what the model is asked for.
    """

    name: str
    type: InputType
    fallback: Scalar | None = None
    stale_after: int | None = None
    model: str | None = None
    cost: int | None = None
    text: str | Similarity | None = None
    signal: bool = False


class Group(Struct, frozen=True):
    """Labels (by place) in text of some roles (None: all) that something asks about."""

    labels: tuple[int, ...]
    roles: tuple[str, ...] | None


class OfInput(Struct, frozen=True, array_like=True, tag="input"):
    """The number of an input: its value, member's place, or string's place."""

    input: int


class HasMember(Struct, frozen=True, array_like=True, tag="has"):
    """1 where a set has a member, else 0; unknown where the set is."""

    input: int
    member: str


class LikeGlob(Struct, frozen=True, array_like=True, tag="like"):
    """1 where a string matches a glob, else 0; unknown where the string is."""

    input: int
    glob: str


class Counted(Struct, frozen=True, array_like=True, tag="counted"):
    """How many spans of a group are found; unknown where one of its labels is."""

    group: int


class Found(Struct, frozen=True, array_like=True, tag="found"):
    """1 where some known label of a group has a span, else 0; never unknown."""

    group: int


class Unread(Struct, frozen=True, array_like=True, tag="unread"):
    """1 where some label of a group is unknown, else 0; never unknown."""

    group: int


Reading = OfInput | HasMember | LikeGlob | Counted | Found | Unread

# --- what comes out ------------------------------------------------------------------


class Points(Struct, frozen=True, array_like=True):
    """What is added to the score, `sign` times a number, on lanes where a literal is true."""

    literal: int
    sign: int
    number: int


class Named(Struct, frozen=True, array_like=True):
    """A literal that is true on the lanes to which a thing, by its place, belongs."""

    index: int
    literal: int


class Capped(Struct, frozen=True, array_like=True):
    """A cap with its values, ascending, each with the literal that asks for it.

    The first whose literal is true counts.
    """

    name: str
    values: tuple[tuple[int, int], ...]


class Treated(Struct, frozen=True, array_like=True):
    """A treatment (language.md §5, keep is 0) that a rule asks for where a literal is true."""

    literal: int
    treatment: int
    keep_last: int
    replacement: str | None
    method: str | None
    amount: int | None


class Class(Struct, frozen=True, array_like=True):
    """Labels, by place, that are treated alike: by some `Treated`, by their places."""

    labels: tuple[int, ...]
    treated: tuple[int, ...]


class Blamed(Struct, frozen=True, array_like=True):
    """A literal that is true on the lanes where an unknown thing mattered.

    `name` is an input, or what follows the target's name where `per_target`; a `group`
    stands for those of its labels that are unknown.
    """

    literal: int
    name: str | None
    per_target: bool = False
    group: int | None = None


class Outputs(Struct, frozen=True):
    """The literals of a decision.  All of them are true or false, never unknown.

    `fired` and `reasons` name rules, `tags` and `tools` strings of `Program.words`.  A tool
    may be offered where its literal is true, or where `restricted` is not.  `blamed` can
    only be true on lanes where one of `roots` is unknown.
    """

    permitted: int
    hold: int
    fired: tuple[Named, ...]
    reasons: tuple[Named, ...]
    points: tuple[Points, ...]
    caps: tuple[Capped, ...]
    restricted: int
    tools: tuple[Named, ...]
    tags: tuple[Named, ...]
    treated: tuple[Treated, ...]
    classes: tuple[Class, ...]
    roots: tuple[int, ...]
    blamed: tuple[Blamed, ...]

    def verdict(self) -> Iterator[int]:
        """The literals of what a decision is, other than its scores, names and trace."""
        yield from (self.permitted, self.hold, self.restricted)
        yield from (literal for cap in self.caps for _, literal in cap.values)
        yield from (item.literal for item in (*self.tools, *self.tags))
        yield from (treated.literal for treated in self.treated)


class FlowProgram(Struct, frozen=True):
    """The nodes of one flow, and what of them comes out.

    From `late` on, nodes are needed only for `blamed`.
    """

    nodes: tuple[Node, ...]
    late: int
    outputs: Outputs


class Rule(Struct, frozen=True, array_like=True):
    """A rule's qualified name and what it says for itself."""

    name: str
    because: str | None


class Detected(Struct, frozen=True, array_like=True):
    """A label, by place, that a model detects at some cost in microseconds."""

    label: int
    model: str
    cost: int


class Program(Struct, frozen=True):
    """A whole policy as the engine decides by it."""

    inputs: tuple[Input, ...]
    labels: tuple[str, ...]
    groups: tuple[Group, ...]
    strings: tuple[str, ...]
    words: tuple[str, ...]
    features: tuple[Reading, ...]
    targets: tuple[str, ...]
    rules: tuple[Rule, ...]
    models: tuple[Detected, ...]
    request: FlowProgram
    response: FlowProgram
    tool_call: FlowProgram

    def flow(self, name: Flow) -> FlowProgram:
        """The program of a flow."""
        return {"request": self.request, "response": self.response}.get(name, self.tool_call)
