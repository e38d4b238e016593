"""Random requests for any policy: near what it compares with, with unknowns."""

from random import Random

from epol.lang.builtins import FLOWS, ROLES
from epol.lang.glob import ANY_ONE, ANY_RUN, Glob, parse_glob
from epol.lang.model import Const, Counts, InputInfo, Like, Only, Policy, Prefer, Value
from epol.lang.request import Request
from epol.lang.semantics import walk
from epol.lang.types import MAX_INT, BoolType, EnumType, NumericType, SetType

COUNTS = (0, 1, 1, 2, 3, 21, MAX_INT // 4)


class Requests:
    """Makes requests for one policy."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._numbers: list[int] = [0, 1]
        self._strings: list[str] = ["", "other", *(target.name for target in policy.targets)]
        self._globs: list[Glob] = []
        self._read()

    def _read(self) -> None:
        """What the policy compares with."""
        for rule in self.policy.rules:
            inner = [e.condition for e in rule.effects if isinstance(e, Only)]
            inner += [e.amount for e in rule.effects if isinstance(e, Prefer)]
            for expr in (rule.condition, *inner):
                for node in walk(expr):
                    if isinstance(node, Like):
                        self._globs.append(parse_glob(node.glob))
                    elif isinstance(node, Const):
                        self._note(node.value)
        for target in self.policy.targets:
            for value in target.fields.values():
                self._note(value)

    def _note(self, value: Value) -> None:
        if isinstance(value, str):
            self._strings.append(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            self._numbers.append(value)

    def request(self, rng: Random, flow: str | None = None) -> Request:
        """A request of a flow, or of any; it gives from all inputs to none."""
        flow = flow or rng.choice((*FLOWS, "request", "request"))
        target = None if flow == "request" else rng.choice(self.policy.targets).name
        share = rng.choice((0.0, 0.5, 0.8, 1.0))
        infos = self.policy.inputs.values()
        inputs = {info.name: self._value(rng, info) for info in infos if rng.random() < share}
        labels = {label: self._counts(rng) for label in self.policy.labels if rng.random() < 0.4}
        return Request(flow, target, inputs, labels)

    def _value(self, rng: Random, info: InputInfo) -> Value:
        match info.type:
            case BoolType():
                return rng.random() < 0.5
            case EnumType(members):
                return rng.choice(members)
            case SetType(members):
                return frozenset(each for each in members if rng.random() < 0.5)
            case NumericType(low=low, high=high):
                return self._number(rng, low, high)
            case _:
                return self._string(rng)

    def _number(self, rng: Random, low: int, high: int) -> int:
        """An end of the range, next to a constant, or any."""
        near = rng.choice(self._numbers) + rng.choice((-1, 0, 0, 1))
        value = rng.choice((low, high, near, near, near, rng.randint(low, high)))
        return min(max(value, low), high)

    def _string(self, rng: Random) -> str:
        if self._globs and rng.random() < 0.4:
            return "".join(_of(rng, part) for part in rng.choice(self._globs))
        return rng.choice(self._strings)

    def _counts(self, rng: Random) -> Counts:
        if rng.random() < 0.3:
            return None
        roles = rng.sample(ROLES, rng.randint(0, len(ROLES)))
        return {role: rng.choice(COUNTS) for role in roles}


def _of(rng: Random, part: object) -> str:
    """A text that a part of a glob matches."""
    if part is ANY_RUN:
        return rng.choice(("", "a", "-", "west"))
    return rng.choice("a-é") if part is ANY_ONE else str(part)
