"""The resolved and typed policy: what the evaluator, the compiler and the solver read.

Names are resolved, `let`s substituted, labels expanded, literals scaled.  The
compiler's front end builds it; nothing in here can be ill-typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from epol.lang.builtins import Treatment
from epol.lang.literals import format_scaled
from epol.lang.source import Span
from epol.lang.types import Type

Value = bool | int | str | frozenset[str]
"""A known value: numbers on their scale, enum members and strings as str."""


@dataclass(frozen=True)
class Node:
    """A typed expression; `span` is where a person wrote it."""

    span: Span = field(compare=False, repr=False)
    type: Type = field(compare=False)


@dataclass(frozen=True)
class Const(Node):
    """A known value."""

    value: Value


@dataclass(frozen=True)
class Input(Node):
    """An attribute, a signal, or one target's signal by its full name (`azure.up`)."""

    name: str


@dataclass(frozen=True)
class TargetField(Node):
    """A static field, of one named target or (None) of the target being decided."""

    field: str
    target: str | None


@dataclass(frozen=True)
class TargetSignal(Node):
    """A live signal of the target being decided."""

    signal: str


@dataclass(frozen=True)
class TargetName(Node):
    """The name of the target being decided, as a string."""


@dataclass(frozen=True)
class TargetCost(Node):
    """What the request costs on a target, of one named or of the one being decided."""

    target: str | None


@dataclass(frozen=True)
class And(Node):
    """Kleene conjunction."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Or(Node):
    """Kleene disjunction."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Not(Node):
    """Kleene negation."""

    item: Expr


@dataclass(frozen=True)
class Compare(Node):
    """`== != < <= > >=` between values on one scale."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class In(Node):
    """Membership in a list of constants (per target, where fields are among them)."""

    item: Expr
    members: tuple[Expr, ...]


@dataclass(frozen=True)
class Has(Node):
    """Whether a set has a member."""

    container: Expr
    member: str


@dataclass(frozen=True)
class Like(Node):
    """Whether a string matches a glob, whole."""

    item: Expr
    glob: str


@dataclass(frozen=True)
class Found(Node):
    """Whether some label is found; `roles` None is all roles."""

    label: str
    labels: frozenset[str]
    roles: frozenset[str] | None


@dataclass(frozen=True)
class Count(Node):
    """How many spans of some labels are found."""

    label: str
    labels: frozenset[str]
    roles: frozenset[str] | None


@dataclass(frozen=True)
class Sends(Node):
    """Whether a found label goes to the target treated less than `below`."""

    label: str
    labels: frozenset[str]
    below: Treatment
    roles: frozenset[str] | None


@dataclass(frozen=True)
class Add(Node):
    """A sum of terms, each with its sign (1 or -1)."""

    terms: tuple[tuple[int, Expr], ...]


@dataclass(frozen=True)
class Multiply(Node):
    """floor(item · factor / divisor); the factor is a constant for each target."""

    item: Expr
    factor: Expr
    divisor: int


@dataclass(frozen=True)
class Divide(Node):
    """floor(item · multiplier / divisor); the divisor is a constant for each target."""

    item: Expr
    multiplier: int
    divisor: Expr


@dataclass(frozen=True)
class Extreme(Node):
    """`min` or `max`."""

    function: str
    items: tuple[Expr, ...]


@dataclass(frozen=True)
class If(Node):
    """`if(C, a, b)`; unknown when C is."""

    condition: Expr
    then: Expr
    otherwise: Expr


Expr = (
    Const | Input | TargetField | TargetSignal | TargetName | TargetCost | And | Or | Not
    | Compare | In | Has | Like | Found | Count | Sends | Add | Multiply | Divide | Extreme | If
)  # fmt: skip

# --- inputs, labels, targets ---------------------------------------------------------


@dataclass(frozen=True)
class PatternInfo:
    """A regular expression as it is written, with its flags."""

    regex: str
    flags: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class WordsInfo:
    """A list of words or phrases, each found at word boundaries."""

    words: tuple[str, ...]
    nocase: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class TextSignal:
    """What a text signal computes, of what, in text of which roles (None: all).

    `phrases` are those of `similarity`, which seeks nothing else.
    """

    function: str
    what: PatternInfo | WordsInfo | None
    roles: frozenset[str] | None
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True)
class InputInfo:
    """An attribute or signal.

    `fallback` stands for a value that is not given (default or stale value); without
    one the input is unknown then.  `stale_after` is in microseconds.
    """

    name: str
    type: Type
    keyword: str
    span: Span = field(compare=False, repr=False)
    fallback: Value | None = None
    stale_after: int | None = None
    stale_value: Value | None = None
    model: str | None = None
    cost: int | None = None
    text: TextSignal | None = None

    @property
    def always_known(self) -> bool:
        """Whether no request leaves it unknown: what patterns and words find in a text."""
        return self.text is not None and self.text.what is not None

    @property
    def text_function(self) -> str | None:
        """What a text signal computes; None if the input is none."""
        return None if self.text is None else self.text.function


@dataclass(frozen=True)
class Method:
    """How a label is generalized; `amount` is that of `round`, in millionths."""

    name: str
    amount: int | None = None

    def __str__(self) -> str:
        return self.name if self.amount is None else f"{self.name} {format_scaled(self.amount)}"


@dataclass(frozen=True)
class LabelInfo:
    """A label with everything below it (itself included)."""

    name: str
    below: frozenset[str]
    description: str | None
    generalize: Method | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class NearInfo:
    """Phrases that add points to a span's confidence, and within how many characters."""

    phrases: tuple[str, ...]
    within: int
    adds: int


@dataclass(frozen=True)
class ExampleInfo:
    """A text in which a detector must (`example`) or must not find something."""

    text: str
    wanted: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class DetectorInfo:
    """A detector; `entropy` is in millionths of a bit a character, `cost` in microseconds.

    `classes` are those of a model that count.
    """

    name: str
    label: str
    model: str | None
    span: Span = field(compare=False, repr=False)
    cost: int | None = None
    patterns: tuple[PatternInfo, ...] = ()
    words: tuple[WordsInfo, ...] = ()
    near: tuple[NearInfo, ...] = ()
    score: int = 100
    threshold: int = 50
    checks: tuple[str, ...] = ()
    stopwords: tuple[str, ...] = ()
    entropy: int | None = None
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    examples: tuple[ExampleInfo, ...] = ()
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TargetInfo:
    """A target: its fields (absent ones are unknown) and prices in millionths of a dollar."""

    name: str
    fields: Mapping[str, Value]
    price_in: int | None
    price_out: int | None
    price_unit: int | None
    span: Span = field(compare=False, repr=False)
    endpoints: Mapping[str, tuple[str, bool]] = field(default_factory=dict[str, tuple[str, bool]])


# --- rules ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Deny:
    """This target may not take the request."""


@dataclass(frozen=True)
class Block:
    """No target may take the request."""


@dataclass(frozen=True)
class Hold:
    """A person must approve first."""


@dataclass(frozen=True)
class Only:
    """Targets for which the condition is not true may not take the request."""

    condition: Expr


@dataclass(frozen=True)
class Treat:
    """A treatment of labels (expanded, exceptions taken out), with its detail."""

    treatment: Treatment
    labels: frozenset[str]
    keep_last: int | None = None
    replacement: str | None = None
    method: Method | None = None


@dataclass(frozen=True)
class Prefer:
    """Add `sign` · amount (millionths) to the target's score."""

    sign: int
    amount: Expr


@dataclass(frozen=True)
class Cap:
    """An upper limit; an int, millionths, or an index of EFFORTS."""

    name: str
    value: int


@dataclass(frozen=True)
class Tools:
    """The only tools that may be offered."""

    allowed: frozenset[str]


@dataclass(frozen=True)
class Tag:
    """A word attached to the decision."""

    text: str


Effect = Deny | Block | Hold | Only | Treat | Prefer | Cap | Tools | Tag


@dataclass(frozen=True)
class RuleInfo:
    """A rule; `condition` is `when and not unless`, or the constant true."""

    name: str
    flows: frozenset[str]
    condition: Expr
    effects: tuple[Effect, ...]
    because: str | None
    span: Span = field(compare=False, repr=False)


# --- claims, tests, the whole --------------------------------------------------------


@dataclass(frozen=True)
class ClaimInfo:
    """A `prove`; see `ast.Claim` for the kinds."""

    name: str
    flow: str
    kind: str
    expression: Expr | None
    condition: Expr | None
    subject: str | None
    other: str | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Expectation:
    """One `expect` of a test, its names resolved."""

    kind: str
    span: Span = field(compare=False, repr=False)
    names: tuple[str, ...] = ()
    treatment: Treatment | None = None
    on: str | None = None
    value: Value | None = None


Counts = Mapping[str, int] | None
"""Spans of a label by role, or None where it is unknown."""


@dataclass(frozen=True)
class TestInfo:
    """A `test` block; `unknown` are the inputs that it sets unknown."""

    title: str
    flow: str
    target: str | None
    texts: tuple[tuple[str, str], ...]
    inputs: Mapping[str, Value]
    labels: Mapping[str, Counts]
    expectations: tuple[Expectation, ...]
    span: Span = field(compare=False, repr=False)
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Policy:
    """A whole policy, its modules included."""

    name: str
    version: str | None
    digest: str
    inputs: Mapping[str, InputInfo]
    labels: Mapping[str, LabelInfo]
    detectors: tuple[DetectorInfo, ...]
    targets: tuple[TargetInfo, ...]
    rules: tuple[RuleInfo, ...]
    claims: tuple[ClaimInfo, ...]
    tests: tuple[TestInfo, ...]

    @cached_property
    def treating(self) -> Mapping[str, tuple[tuple[RuleInfo, Treat], ...]]:
        """For each label the rules that treat it, with the treatment."""
        found: dict[str, list[tuple[RuleInfo, Treat]]] = {}
        for rule in self.rules:
            for effect in rule.effects:
                if isinstance(effect, Treat):
                    for label in effect.labels:
                        found.setdefault(label, []).append((rule, effect))
        return {label: tuple(pairs) for label, pairs in found.items()}

    def target(self, name: str) -> TargetInfo:
        """The target of that name; KeyError if there is none."""
        return {target.name: target for target in self.targets}[name]

    def has_target(self, name: str) -> bool:
        """Whether a target has that name."""
        return any(target.name == name for target in self.targets)
