"""What each node means, as terms: the sentences are in `epol.lang.semantics`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from epol.compiler.smt.strings import literal
from epol.compiler.smt.terms import Bool, Int
from epol.compiler.smt.values import Members, Number, Truth, Value
from epol.lang import model
from epol.lang.builtins import COST_INPUTS
from epol.lang.glob import parse_glob
from epol.lang.model import Const, Expr, TargetField, TargetName
from epol.lang.types import StringType

if TYPE_CHECKING:
    from epol.compiler.smt.encode import Encoder


def _const(lane: Encoder, node: model.Const) -> Value:
    return lane.constant(node.type, node.value)


def _input(lane: Encoder, node: model.Input) -> Value:
    return lane.input(node.name)


def _field(lane: Encoder, node: model.TargetField) -> Value:
    return lane.constant(node.type, lane.owner(node.target).fields.get(node.field))


def _signal(lane: Encoder, node: model.TargetSignal) -> Value:
    return lane.input(f"{lane.owner(None).name}.{node.signal}")


def _cost(lane: Encoder, node: model.TargetCost) -> Value:
    """(tokens · price in + max output tokens · price out) / unit, rounded down."""
    target, terms = lane.owner(node.target), lane.terms
    if target.price_unit is None:
        return Number(terms.false, terms.number(0))
    tokens, output = (cast(Number, lane.input(name)) for name in COST_INPUTS)
    prices = cast(int, target.price_in), cast(int, target.price_out)
    paid = zip((tokens, output), prices, strict=True)
    total = terms.total(terms.times(number.value, price) for number, price in paid)
    known = terms.both(tokens.known, output.known)
    return Number(known, terms.scaled(total, 1, target.price_unit))


# --- conditions ----------------------------------------------------------------------


def _and(lane: Encoder, node: model.And) -> Value:
    return lane.kleene.conjunction(lane.truth(item) for item in node.items)


def _or(lane: Encoder, node: model.Or) -> Value:
    return lane.kleene.disjunction(lane.truth(item) for item in node.items)


def _not(lane: Encoder, node: model.Not) -> Value:
    return lane.kleene.negation(lane.truth(node.item))


def _compare(lane: Encoder, node: model.Compare) -> Value:
    equal = _equal(lane, node.left, node.right) if node.op in {"==", "!="} else None
    if equal is not None:
        return equal if node.op == "==" else lane.kleene.negation(equal)
    left, right = lane.number(node.left), lane.number(node.right)
    known = lane.terms.both(left.known, right.known)
    return lane.kleene.fact(known, _ordered(lane, node.op, left.value, right.value))


def _ordered(lane: Encoder, op: str, left: Int, right: Int) -> Bool:
    terms = lane.terms
    match op:
        case "<":
            return terms.below(left, right)
        case "<=":
            return terms.at_most(left, right)
        case ">":
            return terms.below(right, left)
        case _:
            return terms.at_most(right, left)


def _equal(lane: Encoder, left: Expr, right: Expr) -> Truth:
    """Whether two values of one type are equal; unknown with an unknown."""
    if isinstance(left.type, StringType):
        return _equal_strings(lane, left, right)
    known = lane.terms.both(lane.known(left), lane.known(right))
    return lane.kleene.fact(known, _same(lane, lane.value(left), lane.value(right)))


def _same(lane: Encoder, one: Value, other: Value) -> Bool:
    """Whether two known values are equal."""
    terms = lane.terms
    if isinstance(one, Truth) and isinstance(other, Truth):
        return terms.same(one.must, other.must)
    if isinstance(one, Members) and isinstance(other, Members):
        return terms.all(terms.same(has, other.has[each]) for each, has in one.has.items())
    assert isinstance(one, Number)
    assert isinstance(other, Number)
    return terms.equal(one.value, other.value)


def _equal_strings(lane: Encoder, left: Expr, right: Expr) -> Truth:
    """Of two strings one is a constant of each target."""
    item, constant = left, right
    if not isinstance(constant, Const | TargetField | TargetName):
        item, constant = right, left
    string = lane.string(constant)
    return lane.kleene.unknown if string is None else lane.text(item, literal(string))


def _in(lane: Encoder, node: model.In) -> Value:
    if not node.members:
        return lane.kleene.fact(lane.known(node.item), lane.terms.false)
    return lane.kleene.disjunction(_equal(lane, node.item, member) for member in node.members)


def _has(lane: Encoder, node: model.Has) -> Value:
    members = cast(Members, lane.value(node.container))
    return lane.kleene.fact(members.known, members.has[node.member])


def _like(lane: Encoder, node: model.Like) -> Value:
    return lane.text(node.item, parse_glob(node.glob))


# --- labels --------------------------------------------------------------------------


def _found(lane: Encoder, node: model.Found) -> Value:
    return lane.found(node.labels, node.roles)


def _count(lane: Encoder, node: model.Count) -> Value:
    labels = sorted(node.labels)
    known = lane.terms.all(lane.symbols.label(label).known for label in labels)
    counts = (lane.symbols.count(label, node.roles) for label in labels)
    return Number(known, lane.terms.total(counts))


def _sends(lane: Encoder, node: model.Sends) -> Value:
    """A label that is unknown cannot be treated, so that `sends` is unknown for it."""
    assert lane.treatments is not None
    terms = lane.terms
    known = (lane.symbols.label(label).known for label in sorted(node.labels))
    must, may = list[Bool](), [terms.negation(each) for each in known]
    for labels, treated in lane.treatments.of_groups(node.labels, node.below):
        found, weaker = lane.found(labels, node.roles), terms.negation(treated)
        must.append(terms.both(found.must, weaker))
        may.append(terms.both(found.may, weaker))
    return Truth(terms.any(must), terms.any(may))


# --- arithmetic ----------------------------------------------------------------------


def _add(lane: Encoder, node: model.Add) -> Value:
    numbers = [(sign, lane.number(term)) for sign, term in node.terms]
    known = lane.terms.all(number.known for _, number in numbers)
    return Number(known, lane.terms.total(lane.terms.times(n.value, s) for s, n in numbers))


def _multiply(lane: Encoder, node: model.Multiply) -> Value:
    return _scaled(lane, node.item, node.factor, lambda factor: (factor, node.divisor))


def _divide(lane: Encoder, node: model.Divide) -> Value:
    return _scaled(lane, node.item, node.divisor, lambda divisor: (node.multiplier, divisor))


def _scaled(
    lane: Encoder, expr: Expr, constant: Expr, fraction: Callable[[int], tuple[int, int]]
) -> Value:
    """item · n / d, where n or d is a constant of the target, or unknown there."""
    item, by = lane.number(expr), lane.number(constant)
    if by.known.constant is False:
        return Number(lane.terms.false, lane.terms.number(0))
    assert by.value.constant is not None
    return Number(item.known, lane.terms.scaled(item.value, *fraction(by.value.constant)))


def _extreme(lane: Encoder, node: model.Extreme) -> Value:
    terms, numbers = lane.terms, [lane.number(item) for item in node.items]
    best = numbers[0].value
    for number in numbers[1:]:
        pair = (best, number.value) if node.function == "min" else (number.value, best)
        best = terms.pick(terms.at_most(*pair), best, number.value)
    return Number(terms.all(number.known for number in numbers), best)


def _if(lane: Encoder, node: model.If) -> Value:
    test, yes, no = lane.truth(node.condition), lane.value(node.then), lane.value(node.otherwise)
    terms = lane.terms
    if isinstance(yes, Truth):
        return lane.kleene.choice(test, yes, cast(Truth, no))
    assert not isinstance(no, Truth)
    known = terms.both(lane.kleene.known(test), terms.choice(test.must, yes.known, no.known))
    if isinstance(yes, Number):
        return Number(known, terms.pick(test.must, yes.value, cast(Number, no).value))
    has = cast(Members, no).has
    return Members(known, {m: terms.choice(test.must, yes.has[m], has[m]) for m in has})


_Meaning = Callable[["Encoder", Expr], Value]

NODES = cast(
    Mapping[type[Expr], _Meaning],
    {
        model.Const: _const,
        model.Input: _input,
        model.TargetField: _field,
        model.TargetSignal: _signal,
        model.TargetCost: _cost,
        model.And: _and,
        model.Or: _or,
        model.Not: _not,
        model.Compare: _compare,
        model.In: _in,
        model.Has: _has,
        model.Like: _like,
        model.Found: _found,
        model.Count: _count,
        model.Sends: _sends,
        model.Add: _add,
        model.Multiply: _multiply,
        model.Divide: _divide,
        model.Extreme: _extreme,
        model.If: _if,
    },
)
"""The meaning of every node that is no string by itself."""
