"""The meaning of a policy: language.md §5, sentence by sentence, slow and obvious.

This is the definition; the compiled program and the solver's formula must agree with
it on every request.  None stands for *unknown* wherever a value is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce

from epol.lang.builtins import COST_INPUTS, Treatment
from epol.lang.decision import (
    BLOCK,
    HOLD,
    ROUTE,
    Decision,
    Detail,
    Reason,
    TargetDecision,
)
from epol.lang.glob import matches, parse_glob
from epol.lang.model import (
    Add,
    And,
    Block,
    Cap,
    Compare,
    Const,
    Count,
    Deny,
    Divide,
    Effect,
    Expr,
    Extreme,
    Found,
    Has,
    Hold,
    If,
    In,
    Input,
    Like,
    Method,
    Multiply,
    Not,
    Only,
    Or,
    Policy,
    Prefer,
    RuleInfo,
    Sends,
    Tag,
    TargetCost,
    TargetField,
    TargetInfo,
    TargetName,
    TargetSignal,
    Tools,
    Treat,
    Value,
)
from epol.lang.request import Request


def decide(policy: Policy, request: Request) -> Decision:
    """The decision on a request: all three phases for every target, then the ranking."""
    return decide_on(request, lanes_of(policy, request))


def lanes_of(policy: Policy, request: Request) -> list[Lane]:
    """The lanes of all targets that are decided."""
    return [Lane(policy, request, target) for target in _targets(policy, request)]


def decide_on(request: Request, undecided: Iterable[Lane]) -> Decision:
    """The decision on a request from its lanes, on which something may be known already."""
    lanes = [_decide_target(lane) for lane in undecided]
    ranked = sorted((lane for lane in lanes if lane.decision.permitted), key=_by_score)
    order = tuple(lane.decision.name for lane in ranked)
    status = BLOCK if not ranked else HOLD if ranked[0].decision.hold else ROUTE
    return Decision(
        status=status,
        target=order[0] if order else None,
        order=order,
        targets={lane.decision.name: lane.decision for lane in lanes},
        reasons=tuple(sorted((r for lane in lanes for r in lane.reasons), key=_by_rule)),
        unknown=tuple(sorted({name for lane in lanes for name in lane.unknown})),
        labels=label_totals(request),
    )


def _targets(policy: Policy, request: Request) -> tuple[TargetInfo, ...]:
    """All targets; off the flow `request`, the one that produced the content."""
    if request.flow == "request":
        return policy.targets
    return tuple(target for target in policy.targets if target.name == request.target)


def _by_score(verdict: _Verdict) -> int:
    """Descending score; `sorted` is stable, so ties stay in declaration order."""
    return -verdict.decision.score


def _by_rule(reason: Reason) -> tuple[str, str]:
    return reason.rule, reason.target


def label_totals(request: Request) -> dict[str, int | None]:
    """The labels that are found, with how many spans of each; None is unknown."""
    totals = {
        name: None if counts is None else sum(counts.values())
        for name, counts in request.labels.items()
    }
    return {name: totals[name] for name in sorted(totals) if totals[name] != 0}


@dataclass(frozen=True)
class _Verdict:
    decision: TargetDecision
    reasons: tuple[Reason, ...]
    unknown: frozenset[str]


def _decide_target(lane: Lane) -> _Verdict:
    """Treatments, then permission, then preference, for one target."""
    fired = [
        (rule, effect) for rule in lane.rules for effect in rule.effects if lane.fires(rule, effect)
    ]
    effects = [effect for _, effect in fired]
    removing = [rule for rule, effect in fired if isinstance(effect, Deny | Block | Only)]
    holding = [rule for rule, effect in fired if isinstance(effect, Hold)]
    tools = [effect.allowed for effect in effects if isinstance(effect, Tools)]
    treatments = lane.shown_treatments()
    decision = TargetDecision(
        name=lane.target.name,
        permitted=not removing,
        score=sum(lane.points(effect) for effect in effects if isinstance(effect, Prefer)),
        treatments=treatments,
        caps=_smallest_caps(effect for effect in effects if isinstance(effect, Cap)),
        tools=tuple(sorted(_intersection(tools))) if tools else None,
        tags=tuple(sorted({effect.text for effect in effects if isinstance(effect, Tag)})),
        hold=bool(holding),
        fired=tuple(sorted({rule.name for rule, _ in fired})),
    )
    reasons = {Reason(rule.name, lane.target.name, rule.because) for rule in (*removing, *holding)}
    unknown = lane.unknowns() | {name for name in treatments if lane.counts(name) is None}
    return _Verdict(decision, tuple(reasons), unknown)


def _intersection(sets: list[frozenset[str]]) -> frozenset[str]:
    return reduce(lambda one, other: one & other, sets)


def _smallest_caps(caps: Iterable[Cap]) -> dict[str, int]:
    smallest: dict[str, int] = {}
    for cap in caps:
        smallest[cap.name] = min(cap.value, smallest.get(cap.name, cap.value))
    return dict(sorted(smallest.items()))


@dataclass(frozen=True)
class Lane:
    """One (request, target) pair, on which everything is evaluated.

    An expression has one value on a lane, so values are kept once they are known.
    """

    policy: Policy
    request: Request
    target: TargetInfo
    # By identity, with the expression itself so that it lives as long.
    known: dict[int, tuple[Expr, Value | None]] = field(
        default_factory=dict[int, "tuple[Expr, Value | None]"], compare=False, repr=False
    )
    # By identity of what is in `known`: see `blame`.
    blamed: dict[int, frozenset[str]] = field(
        default_factory=dict[int, frozenset[str]], compare=False, repr=False
    )

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        """The rules that govern the request's flow."""
        return tuple(rule for rule in self.policy.rules if self.request.flow in rule.flows)

    # --- what fires ------------------------------------------------------------------

    def fires(self, rule: RuleInfo, effect: Effect) -> bool:
        """Restrictions fire when not F; preferences when T, and the amount is known."""
        condition = self.truth(rule.condition)
        if isinstance(effect, Prefer):
            is_request = self.request.flow == "request"
            return is_request and condition is True and self.value(effect.amount) is not None
        if isinstance(effect, Only):
            condition = conjunction([condition, negation(self.truth(effect.condition))])
        return condition is not False

    def points(self, effect: Prefer) -> int:
        """The known amount that a preference adds, in millionths."""
        amount = self.value(effect.amount)
        assert isinstance(amount, int)
        return effect.sign * amount

    # --- phase 1: treatments ---------------------------------------------------------

    def treating(self, label: str) -> list[Treat]:
        """The treatments of rules that name a label and whose condition is not F."""
        return [
            effect
            for rule, effect in self.policy.treating.get(label, ())
            if self.request.flow in rule.flows and self.truth(rule.condition) is not False
        ]

    def treatment(self, label: str) -> Treatment:
        """The strongest treatment asked for a label; KEEP if none is."""
        return max((effect.treatment for effect in self.treating(label)), default=Treatment.KEEP)

    def detail(self, label: str) -> Detail:
        """The strongest treatment with the strictest of its details."""
        strongest = self.treatment(label)
        asked = [effect for effect in self.treating(label) if effect.treatment == strongest]
        texts = [effect.replacement for effect in asked if effect.replacement is not None]
        default = self.policy.labels[label].generalize
        methods = [effect.method or default for effect in asked]
        return Detail(
            treatment=strongest,
            keep_last=min((effect.keep_last or 0 for effect in asked), default=0),
            replacement=min(texts, default=None),
            method=coarsest(methods) if strongest == Treatment.GENERALIZE else None,
        )

    def shown_treatments(self) -> dict[str, Detail]:
        """Labels that are found or unknown, and not kept."""
        present = sorted(self.request.labels)
        details = {name: self.detail(name) for name in present if self.found_one(name) is not False}
        return {name: d for name, d in details.items() if d.treatment != Treatment.KEEP}

    # --- labels ----------------------------------------------------------------------

    def _said(self, labels: frozenset[str]) -> frozenset[str]:
        """Those of some labels of which the request says something; the rest are not found."""
        return labels.intersection(self.request.labels)

    def counts(self, label: str, roles: frozenset[str] | None = None) -> int | None:
        """How many spans of one label are found in text of some roles."""
        by_role = self.request.labels.get(label, {})
        if by_role is None:
            return None
        return sum(n for role, n in by_role.items() if roles is None or role in roles)

    def found_one(self, label: str, roles: frozenset[str] | None = None) -> bool | None:
        """Whether one label is found."""
        count = self.counts(label, roles)
        return None if count is None else count >= 1

    def sends_one(self, label: str, below: Treatment, roles: frozenset[str] | None) -> bool | None:
        """Whether one label goes to the target treated less than `below`."""
        found = self.found_one(label, roles)
        if found is None:
            return None
        return found and self.treatment(label) < below

    # --- expressions -----------------------------------------------------------------

    def truth(self, expr: Expr) -> bool | None:
        """The Kleene value of a condition."""
        value = self.value(expr)
        assert value is None or isinstance(value, bool)
        return value

    def number(self, expr: Expr) -> int | None:
        """The value of a numeric expression, on its scale."""
        value = self.value(expr)
        assert value is None or isinstance(value, int)
        return value

    def value(self, expr: Expr) -> Value | None:
        """v(E, t): the value of an expression, or None where it is unknown."""
        found = self.known.get(id(expr))
        if found is None:
            found = self.known[id(expr)] = expr, self._evaluate(expr)
        return found[1]

    def _evaluate(self, expr: Expr) -> Value | None:  # noqa: C901 (one case a node)
        match expr:
            case And(items=items):
                return conjunction(self.truth(item) for item in items)
            case Or(items=items):
                return disjunction(self.truth(item) for item in items)
            case Not(item=item):
                return negation(self.truth(item))
            case Compare(op=op, left=left, right=right):
                return compare(op, self.value(left), self.value(right))
            case Const(value=value):
                return value
            case Input(name=name):
                return self.input(name)
            case TargetField(field=name, target=target):
                return self._fields(target).fields.get(name)
            case TargetSignal(signal=name):
                return self.input(f"{self.target.name}.{name}")
            case TargetName():
                return self.target.name
            case TargetCost(target=target):
                return self._cost(self._fields(target))
            case In(item=item, members=members):
                return self._is_in(item, members)
            case Has(container=container, member=member):
                members_of = self.value(container)
                assert members_of is None or isinstance(members_of, frozenset)
                return None if members_of is None else member in members_of
            case Like(item=item, glob=glob):
                text = self.value(item)
                assert text is None or isinstance(text, str)
                return None if text is None else matches(parse_glob(glob), text)
            case Found(labels=labels, roles=roles):
                return disjunction(self.found_one(each, roles) for each in self._said(labels))
            case Sends(labels=labels, below=below, roles=roles):
                sent = (self.sends_one(each, below, roles) for each in self._said(labels))
                return disjunction(sent)
            case Count(labels=labels, roles=roles):
                return total(self.counts(each, roles) for each in self._said(labels))
            case Add(terms=terms):
                return total(signed(sign, self.number(term)) for sign, term in terms)
            case Multiply(item=item, factor=factor, divisor=divisor):
                return scale(self.number(item), self.number(factor), divisor)
            case Divide(item=item, multiplier=multiplier, divisor=by):
                return scale(self.number(item), multiplier, self.number(by))
            case Extreme(function=function, items=items):
                return extreme(function, [self.number(item) for item in items])
            case If(condition=condition, then=then, otherwise=otherwise):
                chosen = self.truth(condition)
                return None if chosen is None else self.value(then if chosen else otherwise)

    def input(self, name: str) -> Value | None:
        """A given value, else the default or stale value, else unknown."""
        given = self.request.inputs.get(name)
        return self.policy.inputs[name].fallback if given is None else given

    def _fields(self, target: str | None) -> TargetInfo:
        return self.target if target is None else self.policy.target(target)

    def _cost(self, target: TargetInfo) -> int | None:
        """(tokens · price in + max output tokens · price out) / unit, rounded down."""
        tokens, output = (self.input(name) for name in COST_INPUTS)
        if tokens is None or output is None or target.price_unit is None:
            return None
        assert isinstance(tokens, int)
        assert isinstance(output, int)
        assert target.price_in is not None
        assert target.price_out is not None
        return (tokens * target.price_in + output * target.price_out) // target.price_unit

    def _is_in(self, item: Expr, members: tuple[Expr, ...]) -> bool | None:
        value = self.value(item)
        if value is None:
            return None
        return disjunction(compare("==", value, self.value(member)) for member in members)

    # --- unknowns --------------------------------------------------------------------

    def unknowns(self) -> frozenset[str]:
        """The names that made a condition, restriction or amount unknown on this target."""
        return frozenset(name for rule in self.rules for name in self.blame_of(rule))

    def blame_of(self, rule: RuleInfo) -> Iterator[str]:
        """The unknown names that decided whether a rule's effects fired on this target."""
        for effect in rule.effects:
            for expr in self._unknown_parts(rule, effect):
                yield from self.blame(expr)

    def _unknown_parts(self, rule: RuleInfo, effect: Effect) -> Iterator[Expr]:
        """The expressions of an effect whose being unknown decided whether it fired."""
        condition = self.truth(rule.condition)
        if condition is False or (isinstance(effect, Prefer) and self.request.flow != "request"):
            return
        if isinstance(effect, Only):
            inner = self.truth(effect.condition)
            if inner is None:
                yield effect.condition
            if inner is True:
                return
        if condition is None:
            yield rule.condition
        elif isinstance(effect, Prefer) and self.value(effect.amount) is None:
            yield effect.amount

    def blame(self, expr: Expr) -> frozenset[str]:
        """The unknown inputs and labels because of which an expression is unknown."""
        if self.value(expr) is not None:
            return frozenset()
        found = self.blamed.get(id(expr))
        if found is None:
            found = self.blamed[id(expr)] = frozenset(self._blame(expr))
        return found

    def _blame(self, expr: Expr) -> Iterator[str]:
        match expr:
            case Input(name=name):
                yield name
            case TargetField(field=name, target=target):
                yield f"{self._fields(target).name}.{name}"
            case TargetSignal(signal=name):
                yield f"{self.target.name}.{name}"
            case TargetCost(target=target):
                yield from self._blame_cost(self._fields(target))
            case Found(labels=labels) | Sends(labels=labels) | Count(labels=labels):
                yield from (label for label in labels if self.counts(label) is None)
            case _:
                for part in self._deciding_parts(expr):
                    yield from self.blame(part)

    def _blame_cost(self, target: TargetInfo) -> Iterator[str]:
        if target.price_unit is None:
            yield f"{target.name}.price"
        yield from (name for name in COST_INPUTS if self.input(name) is None)

    def _deciding_parts(self, expr: Expr) -> tuple[Expr, ...]:
        """The parts of an unknown expression; of an `if`, only those that were reached."""
        if isinstance(expr, If):
            chosen = self.truth(expr.condition)
            return (expr.condition,) if chosen is None else parts(expr)[1 if chosen else 2 :][:1]
        return parts(expr)


# --- Kleene's logic and exact arithmetic ---------------------------------------------


def conjunction(values: Iterable[bool | None]) -> bool | None:
    """F if any is F, else U if any is U, else T; what follows an F is not looked at."""
    result: bool | None = True
    for value in values:
        if value is False:
            return False
        result = None if value is None else result
    return result


def disjunction(values: Iterable[bool | None]) -> bool | None:
    """T if any is T, else U if any is U, else F; what follows a T is not looked at."""
    result: bool | None = False
    for value in values:
        if value is True:
            return True
        result = None if value is None else result
    return result


def negation(value: bool | None) -> bool | None:
    """U stays U."""
    return None if value is None else not value


def compare(op: str, left: Value | None, right: Value | None) -> bool | None:
    """A comparison; unknown with an unknown."""
    if left is None or right is None:
        return None
    if op == "==":
        return left == right
    if op == "!=":
        return left != right
    assert isinstance(left, int)
    assert isinstance(right, int)
    match op:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right


def signed(sign: int, value: int | None) -> int | None:
    """A term of a sum."""
    return None if value is None else sign * value


def total(values: Iterable[int | None]) -> int | None:
    """A sum; unknown if any part is."""
    result = 0
    for value in values:
        if value is None:
            return None
        result += value
    return result


def scale(value: int | None, numerator: int | None, denominator: int | None) -> int | None:
    """floor(value · numerator / denominator); Python's // rounds toward -∞."""
    if value is None or numerator is None or denominator is None:
        return None
    return value * numerator // denominator


def extreme(function: str, values: list[int | None]) -> int | None:
    """`min` or `max`; unknown if any operand is."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return min(known) if function == "min" else max(known)


_COARSENESS = {
    "month": ("date", 1),
    "year": ("date", 2),
    "decade": ("date", 3),
    "zip3": ("zip", 1),
    "network": ("network", 1),
    "round": ("round", 1),
}


def coarsest(methods: Iterable[Method | None]) -> Method | None:
    """The coarsest of some generalizations; None (redact) where they do not compare."""
    return reduce(_coarser, methods)


def _coarser(one: Method | None, other: Method | None) -> Method | None:
    if one is None or other is None:
        return None
    (family, step), (other_family, other_step) = _COARSENESS[one.name], _COARSENESS[other.name]
    if family != other_family:
        return None
    return max((step, one.amount or 0, one), (other_step, other.amount or 0, other), key=_size)[2]


def _size(entry: tuple[int, int, Method]) -> tuple[int, int]:
    return entry[0], entry[1]


def walk(expr: Expr) -> Iterator[Expr]:
    """An expression and everything inside it, outer parts first."""
    yield expr
    for part in parts(expr):
        yield from walk(part)


def parts(expr: Expr) -> tuple[Expr, ...]:
    """The operands of an expression, in order."""
    match expr:
        case And(items=items) | Or(items=items) | Extreme(items=items):
            return items
        case Not(item=item) | Like(item=item):
            return (item,)
        case Has(container=container):
            return (container,)
        case Compare(left=left, right=right):
            return left, right
        case In(item=item, members=members):
            return item, *members
        case Add(terms=terms):
            return tuple(term for _, term in terms)
        case Multiply(item=item, factor=factor):
            return item, factor
        case Divide(item=item, divisor=divisor):
            return item, divisor
        case If(condition=condition, then=then, otherwise=otherwise):
            return condition, then, otherwise
        case _:
            return ()
