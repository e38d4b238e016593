"""What would have to hold of a request for a program to decide it differently.

Every output of a target is compared: permission, hold, points, fired rules, reasons, tags,
tools, caps, treatments with their details, and what unknown things are named.  Order,
choice and status follow from these in the engine as they do in the language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from epol.compiler.smt.formula import Formula
from epol.compiler.smt.lane import CapTerms
from epol.compiler.smt.lane import Lane as Meant
from epol.compiler.smt.terms import Bool, Int
from epol.compiler.validation.canonical import CanonicalTerms
from epol.compiler.validation.details import Asked, differ, is_treated
from epol.compiler.validation.features import Bounds, Features
from epol.compiler.validation.nodes import Lane, Meanings
from epol.compiler.validation.refusal import RefusedError
from epol.engine.bundle.program import Blamed, Capped, Named, Outputs, Program
from epol.lang.builtins import Treatment


class Difference(NamedTuple):
    """Something that comes out on a target, and where program and policy differ in it."""

    what: str
    target: str
    when: Bool


class _Named(NamedTuple):
    """By name, where something unknown is named on a target: blamed, or not kept.

    The engine looks for blame only where some root is unknown: `is_late`.
    """

    blamed: Mapping[str, Bool]
    treated: Mapping[str, Bool]
    is_late: Bool
    meant: Mapping[str, Bool]

    def by_name(self) -> tuple[Mapping[str, Bool], ...]:
        """The parts that speak of names."""
        return self.blamed, self.treated, self.meant


class Comparison:
    """The outputs of one flow of a program against the policy's formula."""

    def __init__(
        self,
        program: Program,
        outputs: Outputs,
        meanings: Meanings,
        features: Features,
        labels: frozenset[str],
    ) -> None:
        """Of labels, `labels` are compared, which stand for all (`alike.representatives`)."""
        self._program, self._outputs, self._labels = program, outputs, labels
        self._meanings, self._features = meanings, features
        self._terms: CanonicalTerms = meanings.terms
        self._classes = {
            program.labels[label]: each.treated for each in outputs.classes for label in each.labels
        }

    def of(self, targets: Mapping[int, Formula]) -> Iterator[Difference]:
        """What may differ on the targets that are decided together, by their places."""
        named: list[_Named] = []
        for place, formula in targets.items():
            name = self._program.targets[place]
            meant, lane = formula.lanes[name], self._meanings.lane(place)
            for what, when in self._all(place, lane, meant):
                yield Difference(what, name, when)
            named.append(self._names(place, lane, formula.unknowns(name, self._labels)))
        first = self._program.targets[min(targets)]
        for what, when in self._unknowns(named):
            yield Difference(what, first, when)

    def _all(self, place: int, lane: Lane, meant: Meant) -> Iterator[tuple[str, Bool]]:
        outputs, program = self._outputs, self._program
        yield "permission", self._unlike(lane.comes_out(outputs.permitted), meant.permitted)
        yield "hold", self._unlike(lane.comes_out(outputs.hold), meant.hold)
        yield "score", self._score_differs(place, lane, meant)
        rules = [rule.name for rule in program.rules]
        yield from self._named("the rule fired", lane, outputs.fired, rules, meant.fired)
        yield from self._named("the reason", lane, outputs.reasons, rules, meant.reasons)
        yield from self._named("the tag", lane, outputs.tags, program.words, meant.tags)
        restricted = lane.comes_out(outputs.restricted)
        yield "whether tools are restricted", self._unlike(restricted, meant.restricted)
        for what, when in self._named("the tool", lane, outputs.tools, program.words, meant.tools):
            yield what, self._terms.both(restricted, when)
        yield from self._caps(lane, meant)
        yield from self._treatments(lane, meant)

    def _unlike(self, one: Bool, other: Bool) -> Bool:
        return self._terms.negation(self._terms.same(one, other))

    def _named(
        self,
        what: str,
        lane: Lane,
        named: Iterable[Named],
        names: tuple[str, ...] | list[str],
        meant: Mapping[str, Bool],
    ) -> Iterator[tuple[str, Bool]]:
        """Names with the condition under which each comes out; those missing never do."""
        written = {names[item.index]: lane.comes_out(item.literal) for item in named}
        yield from self._by_name(what, written, meant)

    def _by_name(
        self, what: str, written: Mapping[str, Bool], meant: Mapping[str, Bool]
    ) -> Iterator[tuple[str, Bool]]:
        never = self._terms.false
        for name in dict.fromkeys((*written, *meant)):
            pair = written.get(name, never), meant.get(name, never)
            yield f"{what} {name}", self._unlike(*pair)

    # --- scores ----------------------------------------------------------------------

    def _score_differs(self, place: int, lane: Lane, meant: Meant) -> Bool:
        written = list(self._points(lane))
        bounds = sum(low for _, (low, _) in written), sum(high for _, (_, high) in written)
        exact = self._terms.total(point for point, _ in written)
        score, _ = self._meanings.wrapped(exact, bounds, f"score {place}")
        return self._terms.negation(self._terms.equal(score, meant.score))

    def _points(self, lane: Lane) -> Iterator[tuple[Int, Bounds]]:
        terms = self._terms
        for points in self._outputs.points:
            amount = terms.times(lane.number(points.number).value, points.sign)
            ends = (points.sign * end for end in lane.bounds[points.number])
            low, *_, high = sorted((0, 0, *ends))
            when = lane.comes_out(points.literal)
            yield terms.pick(when, amount, terms.number(0)), (low, high)

    # --- caps ------------------------------------------------------------------------

    def _caps(self, lane: Lane, meant: Meant) -> Iterator[tuple[str, Bool]]:
        written = {cap.name: cap for cap in self._outputs.caps}
        for name in dict.fromkeys((*written, *meant.caps)):
            values = {} if name not in written else self._cap(lane, written[name])
            yield f"the cap {name}", self._cap_differs(values, meant.caps.get(name))

    def _cap(self, lane: Lane, cap: Capped) -> dict[int, Bool]:
        """Each value, and whether it is the first whose literal is true."""
        terms, before = self._terms, self._terms.false
        values: dict[int, list[Bool]] = {}
        for value, literal in cap.values:
            asked = lane.comes_out(literal)
            values.setdefault(value, []).append(terms.both(asked, terms.negation(before)))
            before = terms.either(before, asked)
        return {value: terms.any(when) for value, when in values.items()}

    def _cap_differs(self, values: Mapping[int, Bool], meant: CapTerms | None) -> Bool:
        terms = self._terms
        present = terms.any(values.values())
        if meant is None:
            return present
        wrong = (
            terms.both(when, terms.negation(terms.equal(meant.value, terms.number(value))))
            for value, when in values.items()
        )
        return terms.either(self._unlike(present, meant.present), terms.any(wrong))

    # --- treatments ------------------------------------------------------------------

    def _treatments(self, lane: Lane, meant: Meant) -> Iterator[tuple[str, Bool]]:
        """Labels that both treat alike are compared once."""
        conditions = [lane.comes_out(item.literal) for item in self._outputs.treated]
        known: dict[tuple[object, ...], Bool] = {}
        for label in sorted(self._labels):
            places = self._classes.get(label, ())
            detail = meant.treatments.detail(label)
            key = places, id(detail)
            if key not in known:
                asked = [(conditions[place], self._outputs.treated[place]) for place in places]
                known[key] = self._treatment_differs(asked, meant, label)
            if known[key].constant is not False:
                found = meant.encoder.found(frozenset([label]), None).may
                yield f"the treatment of {label}", self._terms.both(found, known[key])

    def _treatment_differs(self, asked: Asked, meant: Meant, label: str) -> Bool:
        terms = self._terms
        written = is_treated(terms, asked)
        treated = meant.treatments.at_least(label, Treatment.MASK)
        detail = meant.treatments.detail(label)
        return terms.either(
            self._unlike(written, treated),
            terms.both(written, differ(terms, asked, detail)),
        )

    # --- unknown things --------------------------------------------------------------

    def _names(self, place: int, lane: Lane, meant: Mapping[str, Bool]) -> _Named:
        """What is named on a target."""
        terms = self._terms
        blamed: dict[str, list[Bool]] = {}
        for item in self._outputs.blamed:
            for name, when in self._blamed(place, lane, item):
                blamed.setdefault(name, []).append(when)
        treated: dict[str, Bool] = {}
        for label in sorted(self._labels & self._classes.keys()):
            places = self._classes[label]
            asked = terms.any(lane.comes_out(self._outputs.treated[i].literal) for i in places)
            treated[label] = terms.both(terms.negation(self._features.is_read(label)), asked)
        roots = (lane.truth(root) for root in self._outputs.roots)
        is_late = terms.any(self._meanings.kleene.is_unknown(root) for root in roots)
        written = {name: terms.any(when) for name, when in blamed.items()}
        return _Named(written, treated, is_late, meant)

    def _unknowns(self, named: Sequence[_Named]) -> Iterator[tuple[str, Bool]]:
        """A decision names what is unknown of all targets together.

        Comparing target by target is enough where nothing differs, and mostly plain.
        """
        terms = self._terms
        late = terms.any(each.is_late for each in named)
        differs: list[Bool] = []
        overlooked: list[Bool] = []
        for name in dict.fromkeys(n for each in named for part in each.by_name() for n in part):
            blamed, treated, meant = (
                [part.get(name, terms.false) for part in parts]
                for parts in zip(*(each.by_name() for each in named), strict=True)
            )
            written = terms.either(*treated, terms.both(late, terms.any(blamed)))
            differs.append(self._unlike(written, terms.any(meant)))
            overlooked.append(terms.both(terms.any(blamed), terms.negation(terms.any(treated))))
            by_target = terms.any(
                self._unlike(terms.either(one, other), wanted)
                for one, other, wanted in zip(blamed, treated, meant, strict=True)
            )
            yield f"whether to name as unknown {name}", terms.both(by_target, differs[-1])
        where = terms.both(terms.any(overlooked), terms.negation(late))
        yield "what to name as unknown", terms.both(where, terms.any(differs))

    def _blamed(self, place: int, lane: Lane, item: Blamed) -> Iterator[tuple[str, Bool]]:
        """The names that a blamed literal stands for on a target."""
        terms, when = self._terms, lane.comes_out(item.literal)
        if item.group is not None:
            for label in sorted(self._labels.intersection(self._features.labels(item.group))):
                yield label, terms.both(when, terms.negation(self._features.is_read(label)))
        elif item.name is None:
            raise RefusedError("something without a name is blamed")
        elif item.per_target:
            yield f"{self._program.targets[place]}.{item.name}", when
        else:
            yield item.name, when
