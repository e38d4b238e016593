"""What the programs of all flows share: strings, label groups, features, inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from epol.compiler.ir import Features
from epol.engine.bundle.program import Counted, Found, Group, HasMember, LikeGlob, OfInput, Unread
from epol.lang.builtins import ROLES
from epol.lang.model import Policy, Value
from epol.lang.types import EnumType, Type


class Places:
    """A table that gives each entry a place once."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        self._places: dict[str, int] = {}

    def place(self, entry: str) -> int:
        """The place of an entry."""
        if entry not in self._places:
            self._places[entry] = len(self.entries)
            self.entries.append(entry)
        return self._places[entry]


@dataclass
class Tables:
    """The tables of one program under construction."""

    policy: Policy
    features: Features = field(default_factory=Features)
    strings: Places = field(default_factory=Places)
    words: Places = field(default_factory=Places)
    groups: dict[Group, int] = field(default_factory=dict[Group, int])

    @cached_property
    def labels(self) -> Mapping[str, int]:
        """The places of labels."""
        return {name: place for place, name in enumerate(self.policy.labels)}

    @cached_property
    def inputs(self) -> Mapping[str, int]:
        """The places of attributes and signals."""
        return {name: place for place, name in enumerate(self.policy.inputs)}

    @cached_property
    def rules(self) -> Mapping[str, int]:
        """The places of rules."""
        return {rule.name: place for place, rule in enumerate(self.policy.rules)}

    def is_sure(self, name: str) -> bool:
        """Whether an input is never unknown."""
        return self.policy.inputs[name].fallback is not None

    def code(self, type_: Type, value: Value) -> int:
        """A constant as the number by which the program knows it."""
        if isinstance(value, str):
            members = type_.members if isinstance(type_, EnumType) else None
            return self.strings.place(value) if members is None else members.index(value)
        assert not isinstance(value, frozenset)
        return int(value)

    def of_input(self, name: str) -> OfInput:
        """The reading of an input's number."""
        return OfInput(self.inputs[name])

    def has_member(self, name: str, member: str) -> HasMember:
        """The reading of whether a set has a member."""
        return HasMember(self.inputs[name], member)

    def like_glob(self, name: str, glob: str) -> LikeGlob:
        """The reading of whether a string matches."""
        return LikeGlob(self.inputs[name], glob)

    def group(self, labels: Iterable[str], roles: frozenset[str] | None) -> int:
        """The place of a group of labels in text of some roles."""
        chosen = None if roles is None else tuple(role for role in ROLES if role in roles)
        group = Group(tuple(sorted(self.labels[label] for label in labels)), chosen)
        return self.groups.setdefault(group, len(self.groups))

    def counted(self, labels: Iterable[str], roles: frozenset[str] | None) -> Counted:
        """The reading of how many spans are found."""
        return Counted(self.group(labels, roles))

    def found(self, labels: Iterable[str], roles: frozenset[str] | None) -> Found:
        """The reading of whether a known label is found."""
        return Found(self.group(labels, roles))

    def unread(self, labels: Iterable[str]) -> Unread:
        """The reading of whether a label is unknown, which it is in all roles at once."""
        return Unread(self.group(labels, None))
