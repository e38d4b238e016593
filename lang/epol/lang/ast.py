"""The syntax tree: what a file says, before names and types are resolved.

Nodes are frozen.  Every node has a `span`, which takes no part in equality: two trees
are equal when they say the same, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import cast

from epol.lang.source import Source, Span


@dataclass(frozen=True)
class Node:
    """Anything that stands somewhere in a source."""

    span: Span = field(compare=False, repr=False)


_PARTS: dict[type[Node], tuple[str, ...]] = {}


def parts_of(node: Node) -> tuple[str, ...]:
    """The names of what a node has besides its span, in order."""
    kind = type(node)
    if kind not in _PARTS:
        _PARTS[kind] = tuple(each.name for each in fields(node) if each.name != "span")
    return _PARTS[kind]


def walk(part: object) -> Iterator[Node]:
    """A node and every node inside it, outer ones first; tuples are looked into."""
    waiting = [part]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Node):
            yield each
            waiting += [getattr(each, name) for name in reversed(parts_of(each))]
        elif isinstance(each, tuple):
            waiting += reversed(cast(tuple[object, ...], each))


@dataclass(frozen=True)
class Name(Node):
    """A name as written, dots included."""

    text: str


@dataclass(frozen=True)
class Text(Node):
    """A string literal; `value` has its escapes resolved."""

    value: str


@dataclass(frozen=True)
class Pattern(Node):
    """A regex literal: the text between the slashes, and the flags."""

    regex: str
    flags: str


# --- expressions ---------------------------------------------------------------------


@dataclass(frozen=True)
class Number(Node):
    """A numeric literal with its unit and sign: `-1`, `8k`, `$0.10`, `35%`."""

    text: str


@dataclass(frozen=True)
class Bool(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class Reference(Node):
    """A name where a value is wanted; which value it is, resolving decides."""

    name: str


@dataclass(frozen=True)
class Or(Node):
    """Two or more operands of `or`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class And(Node):
    """Two or more operands of `and`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Not(Node):
    """`not E`."""

    item: Expr


@dataclass(frozen=True)
class Compare(Node):
    """`L op R` with one of `== != < <= > >=`."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class InMembers(Node):
    """`E in { a, b }`."""

    item: Expr
    members: Braces


@dataclass(frozen=True)
class InSet(Node):
    """`E in P`, where P is a set."""

    item: Expr
    container: Expr


@dataclass(frozen=True)
class InRange(Node):
    """`E in a .. b`, both ends included."""

    item: Expr
    low: Expr
    high: Expr


@dataclass(frozen=True)
class Has(Node):
    """`S has member`."""

    container: Expr
    member: Name


@dataclass(frozen=True)
class Like(Node):
    """`E like "glob"`."""

    item: Expr
    glob: Text


@dataclass(frozen=True)
class Sum(Node):
    """`first` and then terms, each with its `+` or `-`."""

    first: Expr
    rest: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True)
class Product(Node):
    """`first` and then factors, each with its `*` or `/`."""

    first: Expr
    rest: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True)
class Extreme(Node):
    """`min(…)` or `max(…)`."""

    function: str
    items: tuple[Expr, ...]


@dataclass(frozen=True)
class If(Node):
    """`if(C, a, b)`."""

    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True)
class Found(Node):
    """`found L [from roles]`."""

    label: Name
    roles: tuple[Name, ...] | None


@dataclass(frozen=True)
class Count(Node):
    """`count L [from roles]`."""

    label: Name
    roles: tuple[Name, ...] | None


@dataclass(frozen=True)
class Sends(Node):
    """`sends L [below TREATMENT] [from roles]`."""

    label: Name
    below: Name | None
    roles: tuple[Name, ...] | None


Expr = (
    Number | Bool | Text | Reference | Or | And | Not | Compare | InMembers | InSet | InRange
    | Has | Like | Sum | Product | Extreme | If | Found | Count | Sends
)  # fmt: skip


@dataclass(frozen=True)
class Braces(Node):
    """`{ a, b }` as a value: members of a set or alternatives of `in`."""

    items: tuple[Expr, ...]


Const = Expr | Braces

# --- types and inputs ----------------------------------------------------------------


@dataclass(frozen=True)
class PlainType(Node):
    """A type by its name, with bounds when they are written."""

    name: Name
    low: Expr | None
    high: Expr | None


@dataclass(frozen=True)
class MemberType(Node):
    """`enum { … }` or `set { … }`."""

    kind: str
    members: tuple[Name, ...]


TypeExpr = PlainType | MemberType


@dataclass(frozen=True)
class Stale(Node):
    """`stale after D = V`."""

    after: Number
    value: Const


@dataclass(frozen=True)
class FromModel(Node):
    """`from model "x" [cost D]`."""

    model: Text
    cost: Number | None


@dataclass(frozen=True)
class WordList(Node):
    """`words "…", "…" [nocase]`."""

    words: tuple[Text, ...]
    nocase: bool


@dataclass(frozen=True)
class FromText(Node):
    """`from count|match|density PATTERN-or-words [from roles]`."""

    function: str
    what: Pattern | WordList
    roles: tuple[Name, ...] | None


@dataclass(frozen=True)
class FromSimilarity(Node):
    """`from similarity "…" model "x" [cost D] [from roles]`."""

    phrases: tuple[Text, ...]
    model: Text
    cost: Number | None
    roles: tuple[Name, ...] | None


Origin = FromModel | FromText | FromSimilarity

# --- declarations --------------------------------------------------------------------


@dataclass(frozen=True)
class PolicyHead(Node):
    """`policy NAME [version "…"] [language N]`."""

    name: Name
    version: Text | None
    language: Number | None


@dataclass(frozen=True)
class ModuleHead(Node):
    """`module NAME [version "…"] [language N]`."""

    name: Name
    version: Text | None
    language: Number | None


@dataclass(frozen=True)
class Setting(Node):
    """`param = value` of an import."""

    name: Name
    value: Const


@dataclass(frozen=True)
class Import(Node):
    """`import std.x` or `import "./file.epol"`, with settings."""

    target: Name | Text
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class Param(Node):
    """`param NAME : TYPE [default V]`."""

    name: Name
    type: TypeExpr
    default: Const | None


@dataclass(frozen=True)
class InputDecl(Node):
    """An `attr` or a `signal` (`keyword` says which)."""

    keyword: str
    name: Name
    type: TypeExpr
    defaults: tuple[Const, ...]
    stales: tuple[Stale, ...]
    origin: Origin | None


@dataclass(frozen=True)
class Field(Node):
    """`field NAME : TYPE [default V]`."""

    name: Name
    type: TypeExpr
    default: Const | None


@dataclass(frozen=True)
class Let(Node):
    """`let NAME = E`."""

    name: Name
    value: Expr


@dataclass(frozen=True)
class Method(Node):
    """How to generalize: `year`, `zip3`, `round 10` …"""

    name: Name
    amount: Number | None


@dataclass(frozen=True)
class LabelDecl(Node):
    """`label NAME ["…"] [under a, b] [generalize by METHOD]`."""

    name: Name
    description: Text | None
    under: tuple[Name, ...]
    generalize: tuple[Method, ...]


@dataclass(frozen=True)
class Match(Node):
    """`match /…/`."""

    pattern: Pattern


@dataclass(frozen=True)
class Near(Node):
    """`near "…" within N adds N`."""

    phrases: tuple[Text, ...]
    within: Number
    adds: Number


@dataclass(frozen=True)
class DetectorNumber(Node):
    """`score N`, `threshold N` or `entropy N` (`keyword` says which)."""

    keyword: str
    value: Number


@dataclass(frozen=True)
class Check(Node):
    """`check NAME, …`."""

    names: tuple[Name, ...]


@dataclass(frozen=True)
class Boundary(Node):
    """`left not CLASS, …` or `right not CLASS, …`."""

    side: str
    classes: tuple[Name, ...]


@dataclass(frozen=True)
class Phrases(Node):
    """`stopwords`, `example` or `counterexample` with strings (`keyword` says which)."""

    keyword: str
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class DetectorModel(Node):
    """`model "x" [class A, B] [cost D]`."""

    model: Text
    classes: tuple[Name, ...]
    costs: tuple[Number, ...]


DetectorItem = Match | WordList | Near | DetectorNumber | Check | Boundary | Phrases | DetectorModel


@dataclass(frozen=True)
class Detector(Node):
    """`detector NAME -> LABEL { … }`."""

    name: Name
    label: Name
    items: tuple[DetectorItem, ...]


@dataclass(frozen=True)
class Price(Node):
    """`price in M out M per N`."""

    per_input: Expr
    per_output: Expr
    unit: Expr


@dataclass(frozen=True)
class Endpoint(Node):
    """`url "…"`, `url env "…"` or `key env "…"`."""

    keyword: str
    value: Text
    from_environment: bool


@dataclass(frozen=True)
class FieldValue(Node):
    """`NAME VALUE` in a target."""

    name: Name
    value: Const


TargetField = Price | Endpoint | FieldValue


@dataclass(frozen=True)
class Target(Node):
    """`target NAME { … }`."""

    name: Name
    fields: tuple[TargetField, ...]


# --- rules ---------------------------------------------------------------------------


@dataclass(frozen=True)
class OnFlow(Node):
    """`on FLOW`."""

    flow: Name


@dataclass(frozen=True)
class When(Node):
    """`when E` or `unless E` (`keyword` says which)."""

    keyword: str
    condition: Expr


@dataclass(frozen=True)
class Because(Node):
    """`because "…"`."""

    text: Text


@dataclass(frozen=True)
class Bare(Node):
    """An effect that is one word: `deny`, `block` or `hold`."""

    keyword: str


@dataclass(frozen=True)
class Only(Node):
    """`only E`."""

    condition: Expr


@dataclass(frozen=True)
class KeepLast(Node):
    """`keep last N`, a detail of `mask`."""

    count: Number


@dataclass(frozen=True)
class Replacement(Node):
    """`with "…"`, a detail of `redact`."""

    text: Text


@dataclass(frozen=True)
class ByMethod(Node):
    """`by METHOD`, a detail of `generalize`."""

    method: Method


Detail = KeepLast | Replacement | ByMethod


@dataclass(frozen=True)
class Treat(Node):
    """`TREATMENT LABELS [except LABELS] [detail]`."""

    treatment: str
    labels: tuple[Name, ...]
    exceptions: tuple[Name, ...]
    detail: Detail | None


@dataclass(frozen=True)
class Preference(Node):
    """`prefer E`, `avoid E` or `score E` (`keyword` says which)."""

    keyword: str
    amount: Expr


@dataclass(frozen=True)
class Cap(Node):
    """`cap NAME VALUE`."""

    name: Name
    value: Const


@dataclass(frozen=True)
class Tools(Node):
    """`tools none` (an empty tuple) or `tools only "…", …`."""

    allowed: tuple[Text, ...]


@dataclass(frozen=True)
class Tag(Node):
    """`tag "…"`."""

    text: Text


Effect = Bare | Only | Treat | Preference | Cap | Tools | Tag
RuleItem = OnFlow | When | Because | Effect


@dataclass(frozen=True)
class Rule(Node):
    """`rule NAME { … }`, its items in the order of the source."""

    name: Name
    items: tuple[RuleItem, ...]


# --- claims and tests ----------------------------------------------------------------


@dataclass(frozen=True)
class Claim(Node):
    """The body of a `prove`.

    `kind` is one of never, always, served, chooses, never-chooses, raising, lowering,
    same-as.  `expression` is E, `condition` the `when` part, `subject` the attribute
    of a raising or lowering claim, `other` the file of a same-as claim.
    """

    kind: str
    expression: Expr | None = None
    condition: Expr | None = None
    subject: Name | None = None
    other: Text | None = None


@dataclass(frozen=True)
class Prove(Node):
    """`prove NAME { [on FLOW] CLAIM }`."""

    name: Name
    flow: Name | None
    claim: Claim


@dataclass(frozen=True)
class TestFlow(Node):
    """`on FLOW [from T]`."""

    flow: Name
    target: Name | None


@dataclass(frozen=True)
class TestText(Node):
    """`text [role] "…"`."""

    role: Name | None
    text: Text


@dataclass(frozen=True)
class Assign(Node):
    """`a = v`, or `a unknown` where `value` is None."""

    name: Name
    value: Const | None


@dataclass(frozen=True)
class AssignLabel(Node):
    """`label L [from roles] = N`, or `label L unknown` where `count` is None."""

    label: Name
    roles: tuple[Name, ...] | None
    count: Number | None


@dataclass(frozen=True)
class TestSet(Node):
    """`set a = v, …`."""

    assignments: tuple[Assign | AssignLabel, ...]


@dataclass(frozen=True)
class Expect(Node):
    """What a test expects.

    `kind` is one of route, blocked, hold, treatment, fired, not-fired, tag, cap, score,
    because, order; `word` is the treatment's; `names` are targets, labels or rules.
    """

    kind: str
    names: tuple[Name, ...] = ()
    word: str | None = None
    on: Name | None = None
    value: Const | None = None


TestItem = TestFlow | TestText | TestSet | Expect


@dataclass(frozen=True)
class Test(Node):
    """`test "…" { … }`, its items in the order of the source."""

    title: Text
    items: tuple[TestItem, ...]


Declaration = (
    PolicyHead | ModuleHead | Import | Param | InputDecl | Field | Let | LabelDecl | Detector
    | Target | Rule | Prove | Test
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class File:
    """One file: its source and its declarations in order."""

    source: Source
    declarations: tuple[Declaration, ...]
