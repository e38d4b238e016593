"""The values to try for each input and label of a small policy, so that trying all is a proof.

A domain is exact when every request in range is decided like one of the domain:

- bools, enums, sets and short ranges of numbers are tried whole;
- a number of a longer range, if it is only compared with constants: the least of the range,
  each constant, and the number above it, because between two constants nothing changes;
- a string: the constants it is compared with, one that is none of them, and for globs `p*` and
  `*s` their text beside a character that stands nowhere else, for all pairs of p and s;
- the count of a label: 0 to one more than the greatest constant that a sum with it is compared
  with (a greater count compares alike, and capping keeps what is more than what), and 0 or 1
  where it is only found; by one role of each class of roles that the policy does not tell apart;
- what no rule reads keeps one value.

What has no such domain raises `OutOfReachError`; who makes the policy may give one and say why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations, product

from epol.lang.builtins import COST_INPUTS, ROLES
from epol.lang.model import (
    Compare,
    Count,
    Counts,
    Expr,
    Found,
    In,
    Input,
    InputInfo,
    Like,
    Only,
    Policy,
    Prefer,
    Sends,
    TargetCost,
    TargetSignal,
    Treat,
    Value,
)
from epol.lang.request import Request
from epol.lang.semantics import Lane, parts, walk
from epol.lang.types import BoolType, EnumType, NumericType, SetType

WHOLE = 16
"""A range of so many values is tried whole."""
NEVER_WRITTEN = "~"
"""A character that stands in no constant or glob of a policy."""


class OutOfReachError(ValueError):
    """A policy for which no small domain is exact."""


@dataclass(frozen=True)
class Space:
    """All requests that are tried: values of inputs (None: unknown) and counts of labels."""

    inputs: Mapping[str, tuple[Value | None, ...]]
    labels: Mapping[str, tuple[Counts, ...]]


def space_of(policy: Policy, given: Mapping[str, tuple[Value, ...]] | None = None) -> Space:
    """The requests to try for a policy; `given` has domains that only its maker can know."""
    return _Reader(policy, given or {}).space()


@dataclass
class _Reader:
    policy: Policy
    given: Mapping[str, tuple[Value, ...]]
    constants: dict[str, set[Value]] = field(default_factory=dict[str, "set[Value]"])
    globs: dict[str, set[str]] = field(default_factory=dict[str, "set[str]"])
    free: set[str] = field(default_factory=set[str])
    caps: dict[str, int] = field(default_factory=dict[str, int])
    roles: dict[str, set[frozenset[str]]] = field(default_factory=dict[str, "set[frozenset[str]]"])

    def space(self) -> Space:
        for rule in self.policy.rules:
            self._read(rule.condition)
            for effect in rule.effects:
                if isinstance(effect, Only):
                    self._read(effect.condition)
                elif isinstance(effect, Prefer):
                    self._read(effect.amount)
                elif isinstance(effect, Treat):
                    self._cap(effect.labels, 1)
        inputs = {name: self._input(info) for name, info in self.policy.inputs.items()}
        labels = {name: tuple(self._label(name)) for name in self.caps}
        return Space(inputs, labels)

    # --- what the rules read ---------------------------------------------------------

    def _read(self, expr: Expr) -> None:
        match expr:
            case Compare(left=left, right=right):
                self._comparison(left, (right,))
            case In(item=item, members=members):
                self._comparison(item, members)
            case Like(item=Input(name=name), glob=glob):
                self.globs.setdefault(name, set()).add(glob)
            case Input() | TargetSignal():
                self.free.update(self._names(expr))
            case TargetCost():
                self.free.update(COST_INPUTS)
            case Found(labels=labels, roles=roles) | Sends(labels=labels, roles=roles):
                self._cap(labels, 1, roles)
            case Count():
                raise OutOfReachError("a count is computed with")
            case _:
                for part in parts(expr):
                    self._read(part)

    def _comparison(self, left: Expr, others: tuple[Expr, ...]) -> None:
        if len(others) == 1 and _is_constant(left):
            left, others = others[0], (left,)
        if not all(_is_constant(other) for other in others):
            for part in (left, *others):
                self._read(part)
            return
        values = {value for other in others for value in self._values(other)}
        match left:
            case Input() | TargetSignal():
                for name in self._names(left):
                    self.constants.setdefault(name, set()).update(values)
            case Count(labels=labels, roles=roles):
                greatest = max((v for v in values if isinstance(v, int)), default=0)
                self._cap(labels, max(greatest + 1, 1), roles)
            case _:
                self._read(left)

    def _names(self, expr: Input | TargetSignal) -> tuple[str, ...]:
        if isinstance(expr, Input):
            return (expr.name,)
        return tuple(f"{target.name}.{expr.signal}" for target in self.policy.targets)

    def _values(self, constant: Expr) -> Iterator[Value]:
        """What a constant is on the targets."""
        for target in self.policy.targets:
            value = Lane(self.policy, Request(), target).value(constant)
            if value is not None:
                yield value

    def _cap(self, labels: Iterable[str], cap: int, roles: frozenset[str] | None = None) -> None:
        for label in labels:
            self.caps[label] = max(cap, self.caps.get(label, 0))
            self.roles.setdefault(label, set())
            if roles is not None:
                self.roles[label].add(roles)

    # --- domains ---------------------------------------------------------------------

    def _input(self, info: InputInfo) -> tuple[Value | None, ...]:
        known: tuple[Value | None, ...] = self._known(info)
        # A scan always says what a pattern or list of words matches; a model may fail.
        is_scanned = info.text is not None and info.text.what is not None
        if known and info.fallback is None and not is_scanned:
            return (*known, None)
        return known or (info.fallback,)

    def _known(self, info: InputInfo) -> tuple[Value, ...]:
        """The known values to try; none for what no rule reads."""
        if info.name in self.given:
            return self.given[info.name]
        if info.name not in self.free | self.constants.keys() | self.globs.keys():
            return ()
        match info.type:
            case BoolType():
                return False, True
            case EnumType(members):
                return members
            case SetType(members):
                sizes = range(len(members) + 1)
                chosen = chain.from_iterable(combinations(members, size) for size in sizes)
                return tuple(frozenset(each) for each in chosen)
            case NumericType(low=low, high=high):
                return self._numbers(info.name, low, high)
            case _:
                return self._strings(info.name)

    def _numbers(self, name: str, low: int, high: int) -> tuple[int, ...]:
        if high - low < WHOLE:
            return tuple(range(low, high + 1))
        if name in self.free:
            raise OutOfReachError(f"{name} is computed with")
        constants = {value for value in self.constants[name] if isinstance(value, int)}
        constants = {value for value in constants if low <= value <= high}
        above = {value + 1 for value in constants if value < high}
        return tuple(sorted({low} | constants | above))

    def _strings(self, name: str) -> tuple[str, ...]:
        if name in self.free:
            raise OutOfReachError(f"{name} is compared with something that is not constant")
        starts, ends = {""}, {""}
        for glob in self.globs.get(name, ()):
            literal = glob.strip("*")
            if any(char in literal for char in "*?\\") or glob.count("*") != 1:
                raise OutOfReachError(f"the glob {glob} is none of the simple ones")
            (starts if glob.endswith("*") else ends).add(literal)
        constants = {value for value in self.constants.get(name, ()) if isinstance(value, str)}
        beside = {f"{start}{NEVER_WRITTEN}{end}" for start, end in product(starts, ends)}
        return tuple(sorted(constants | beside))

    def _label(self, name: str) -> Iterator[Counts]:
        classes: dict[frozenset[frozenset[str]], str] = {}
        for role in ROLES:
            key = frozenset(roles for roles in self.roles[name] if role in roles)
            classes[key] = "user" if "user" in (role, classes.get(key)) else role
        for counts in product(range(self.caps[name] + 1), repeat=len(classes)):
            yield dict(zip(classes.values(), counts, strict=True))
        if any(each.label == name and each.model is not None for each in self.policy.detectors):
            yield None


def _is_constant(expr: Expr) -> bool:
    """Whether an expression is the same on all requests, for each target."""
    moving = (Input, TargetSignal, TargetCost, Found, Sends, Count)
    return not any(isinstance(part, moving) for part in walk(expr))
