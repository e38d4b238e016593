"""What a log tells a policy of the attributes and signals of a request, and what it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from epol.engine.bundle.program import (
    BoolInput,
    Feature,
    Flow,
    Gather,
    NumberInput,
    OfInput,
    Program,
)
from epol.engine.bundle.program import Input as ProgramInput
from epol.engine.deciding.decider import FLOWS
from epol.engine.log.declared import Declared
from epol.engine.log.facts import purpose_of
from epol.engine.log.keys import Digests
from epol.engine.log.shape import DecisionLine, Digested, Fact
from epol.engine.log.told import Told
from epol.engine.reading.inputs import Scaled, Unnamed


class Knowing:
    """Reads the facts of records for one policy."""

    def __init__(
        self,
        program: Program,
        declared: Declared,
        digests: Sequence[Digests],
        *,
        assume_defaults: bool,
    ) -> None:
        self._declared, self._digests = declared, digests
        self._assume_defaults = assume_defaults
        self._inputs = program.inputs
        self._read: dict[str, frozenset[str]] = {flow: _read(program, flow) for flow in FLOWS}
        compared = {reading.input for reading in program.features if isinstance(reading, OfInput)}
        self._compared = {program.inputs[place].name for place in compared}
        self._named: dict[str, dict[str, str]] = {}

    def told(self, record: DecisionLine, old: Declared, *, same_findings: bool) -> Told:
        """What a record tells; names that it cannot tell are `open`, or say why that matters."""
        told, flow, facts = Told(), record.flow, record.facts
        ran = {name for name, _ in record.ran}
        for info in self._inputs:
            name = info.name
            before, now = old.inputs.get(name), self._declared.inputs[name]
            is_same = before is not None and before.type == now.type
            if info.text is not None:
                reads_same = same_findings or (before is not None and before.reads == now.reads)
                self._text(info, record, told, is_same=is_same and reads_same)
            elif not is_same:
                self._lacks(info, told, flow)
            elif name in facts:
                self._value(info, facts[name], old, told, flow)
            elif name in record.skipped and name not in ran:
                told.open.add(name)
        return told

    def _text(self, info: ProgramInput, record: DecisionLine, told: Told, *, is_same: bool) -> None:
        """A text signal: of no text it is nothing; of a text it is what the same patterns found."""
        if is_same and info.name in record.facts:
            told.given[info.name] = _as_given(info, record.facts[info.name])
        elif not record.read:
            told.given[info.name] = False if isinstance(info.type, BoolInput) else Scaled(0)
        elif info.name in self._read[record.flow]:
            told.why.append(f"{info.name} reads something else of the text than it did then")

    def _lacks(self, info: ProgramInput, told: Told, flow: str) -> None:
        """An input that the log does not have: nobody was asked for it."""
        if self._assume_defaults or info.name not in self._read[flow]:
            return
        if info.fallback is None:
            told.open.add(info.name)
        else:
            told.why.append(f"NEW declares {info.name}, and the log lacks it")

    def _value(self, info: ProgramInput, fact: Fact, old: Declared, told: Told, flow: str) -> None:
        if not isinstance(fact, Digested):
            told.given[info.name] = _as_given(info, fact)
            return
        value = self._string(info.name, fact, old)
        if value is not None:
            told.given[info.name] = value
        elif info.fallback is None:
            told.open.add(info.name)
        elif info.name in self._read[flow]:
            told.why.append(f"{info.name} is a digest, and NEW compares it otherwise")

    def _string(self, name: str, fact: Digested, old: Declared) -> str | Unnamed | None:
        """A string whose digest is known: a constant, or none; None where nobody can tell.

        All that the policy asks of it must be known: a program takes a string as known or not.
        """
        known = self._constants(name).get(fact.digest)
        if known is not None:
            return known
        # It was none of the old policy's constants, for those are in the log as they are.
        is_other = bool(self._digests) or {*self._declared.strings} <= {*old.strings}
        has_globs = {*self._declared.inputs[name].globs} <= fact.like.keys()
        return (
            Unnamed(fact.like) if has_globs and (is_other or name not in self._compared) else None
        )

    def _constants(self, name: str) -> Mapping[str, str]:
        """The policy's constants by their digests, as far as there are keys."""
        found = self._named.get(name)
        if found is None:
            purpose = purpose_of(name)
            found = self._named[name] = {
                digests.of(purpose, text.encode()): text
                for digests in self._digests
                for text in self._declared.strings
            }
        return found


def _as_given(info: ProgramInput, fact: Fact) -> object:
    """A fact as a request would give it: numbers are on their scale."""
    if isinstance(info.type, NumberInput) and type(fact) is int:
        return Scaled(fact)
    return fact


def _read(program: Program, flow: Flow) -> frozenset[str]:
    """The inputs that a flow reads."""
    nodes = program.flow(flow).nodes
    features = {node.feature for node in nodes if isinstance(node, Feature)}
    features |= {each for node in nodes if isinstance(node, Gather) for each in node.features}
    places = {getattr(program.features[each], "input", -1) for each in features}
    return frozenset(program.inputs[place].name for place in places if place >= 0)
