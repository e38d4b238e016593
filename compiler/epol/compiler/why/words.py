"""Facts and their values in words: what stands after “With”."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from epol.compiler.why.facts import Fact
from epol.compiler.why.nearest import Edge
from epol.compiler.why.reasons import data_name
from epol.lang.literals import Quantity, format_quantity
from epol.lang.model import InputInfo, Policy, Value
from epol.lang.printing import string
from epol.lang.types import NumericType, StringType


@dataclass(frozen=True)
class Wording:
    """Says facts of a policy; `groups` are the roles that it tells apart."""

    policy: Policy
    groups: tuple[tuple[str, ...], ...]

    def not_known(self, fact: Fact) -> str:
        """A fact that would not be known."""
        name = fact.name if fact.input is not None else data_name(self.policy, fact.name)
        return f"with {name} not known"

    def values(self, fact: Fact, values: Sequence[Value]) -> str:
        """An input with one of some values."""
        info = self.policy.inputs[fact.name]
        return f"with {fact.name} {' or '.join(shown(info, value) for value in values)}"

    def anything_else(self, fact: Fact) -> str:
        """An input with any other value than now."""
        return f"with {fact.name} anything else"

    def edges(self, fact: Fact, edges: Sequence[tuple[Edge, bool]]) -> str:
        """A number at one of some values; with each, whether all beyond it lead there too."""
        if fact.label is not None:
            return " or ".join(self._count(fact, edge, beyond) for edge, beyond in edges)
        info = self.policy.inputs[fact.name]
        return f"with {fact.name} {' or '.join(_edge(info, *each) for each in edges)}"

    def _count(self, fact: Fact, edge: Edge, beyond: bool) -> str:
        name, where = data_name(self.policy, fact.name), self._where(fact)
        if edge.value == 0:
            return f"without any {name}{where}"
        if edge.value == 1 and edge.sign > 0:
            return f"with a {name}{where or ' in it'}"
        many = "" if edge.value == 1 else "s"
        tail = (" or more" if edge.sign > 0 else " or fewer") if beyond else ""
        return f"with {edge.value}{tail} span{many} of {name}{where or ' in it'}"

    def _where(self, fact: Fact) -> str:
        if fact.group is None or len(self.groups) == 1:
            return ""
        return f" in text of {self.groups[fact.group][0]}"


def shown(info: InputInfo, value: Value) -> str:
    """A value as the language writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return _number(info, value)
        case str():
            return string(value) if isinstance(info.type, StringType) else value
        case _:
            return f"{{ {', '.join(sorted(value))} }}" if value else "{ }"


def _number(info: InputInfo, value: int) -> str:
    assert isinstance(info.type, NumericType)
    return format_quantity(Quantity(info.type.kind, value))


def _edge(info: InputInfo, edge: Edge, beyond: bool) -> str:
    """A boundary, by the number on that side of it which has fewer digits."""
    at = _number(info, edge.value)
    if not beyond:
        return f"at {at}"
    before = _number(info, edge.value - edge.sign)
    if len(before) < len(at):
        return f"{'above' if edge.sign > 0 else 'below'} {before}"
    return f"at {at} or {'more' if edge.sign > 0 else 'less'}"
