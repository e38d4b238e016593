"""What the kernel wrote, read back: names for bits."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from epol.engine.bundle.program import Blamed, FlowProgram, Outputs, Program, Treated
from epol.engine.bundle.treatment import Detail, Method, Treatment, strictest
from epol.engine.kernel import opcodes as op
from epol.engine.kernel.assemble import wanted_of
from epol.engine.reading.labels import ByRole

_MASKS = 3
"""The words that every outcome has: permitted, held, restricted."""


@dataclass(frozen=True, slots=True)
class TargetOutcome:
    """What one target may do with a request.

    `score` is in millionths.  `treatments` holds labels that are found or unknown and not
    kept.  `caps` are ints, millionths, or a place in `EFFORTS`; `tools` None is all.
    """

    name: str
    permitted: bool
    score: int
    treatments: Mapping[str, Detail]
    caps: Mapping[str, int]
    tools: tuple[str, ...] | None
    tags: tuple[str, ...]
    hold: bool
    fired: tuple[str, ...]


Row = tuple[
    str,
    bool,
    int,
    Mapping[str, Detail],
    Mapping[str, int],
    tuple[str, ...] | None,
    tuple[str, ...],
    bool,
    tuple[str, ...],
]
"""The fields of a `TargetOutcome`: to make one takes longer than to find what is in it."""


class Layout:
    """How what the kernel writes for a flow is to be read (`opcodes`, `assemble.wanted_of`).

    `size` is how many words there are if nothing unknown mattered.
    """

    def __init__(self, program: Program, flow: FlowProgram) -> None:
        self.program = program
        self.outputs = flow.outputs
        wanted = wanted_of(flow.outputs)
        self.places = wanted.places
        self.scores_at = op.STRIDE + len(program.targets)
        self.words_at = self.scores_at + len(program.targets)
        self.size = self.words_at + len(wanted.early)
        self.reasons = tuple(program.rules[item.index] for item in flow.outputs.reasons)
        self.fired = tuple(program.rules[item.index].name for item in flow.outputs.fired)
        self.tags = tuple(program.words[item.index] for item in flow.outputs.tags)
        self.tools = tuple(program.words[item.index] for item in flow.outputs.tools)
        early = wanted.places[: len(wanted.places) - len(wanted.late)]
        self.early: Callable[[Sequence[int]], tuple[int, ...]] = itemgetter(*early)
        self.parts = tuple(_parts(flow.outputs))
        self.details = tuple(_detail(treated) for treated in flow.outputs.treated)
        self.treated_by: dict[str, tuple[int, ...]] = {
            program.labels[label]: class_.treated
            for class_ in flow.outputs.classes
            for label in class_.labels
        }

    def labels_with(self, treatment: Treatment) -> list[str]:
        """The labels that a rule may ask a treatment for."""
        return [
            label
            for label, places in self.treated_by.items()
            if any(self.details[place].treatment == treatment for place in places)
        ]


def _parts(outputs: Outputs) -> Iterator[slice]:
    """Where the words of each kind stand among those that are wanted early."""
    caps = (len(cap.values) for cap in outputs.caps)
    named = len(outputs.tools), len(outputs.tags), len(outputs.treated)
    start = _MASKS
    for size in (len(outputs.fired), len(outputs.reasons), *caps, *named):
        yield slice(start, start + size)
        start += size


def _detail(treated: Treated) -> Detail:
    method = None if treated.method is None else Method(treated.method, treated.amount)
    return Detail(Treatment(treated.treatment), treated.keep_last, treated.replacement, method)


@dataclass(frozen=True, slots=True)
class _Words:
    """The wanted words by what they are about; a bit for each target."""

    permitted: int
    hold: int
    restricted: int
    fired: tuple[int, ...]
    reasons: tuple[int, ...]
    caps: list[tuple[int, ...]]
    tools: tuple[int, ...]
    tags: tuple[int, ...]
    treated: tuple[int, ...]
    blamed: list[int]


class Outcome:
    """One decision as the words that the kernel wrote; every question is answered from them.

    `asked` has a bit for each target that is decided.
    """

    __slots__ = ("_asked", "_labels", "_layout", "_out", "_sorted")

    def __init__(
        self,
        layout: Layout,
        out: array[int],
        labels: Mapping[str, ByRole],
        asked: int,
    ) -> None:
        self._layout, self._out, self._labels, self._asked = layout, out, labels, asked
        self._sorted: _Words | None = None

    @classmethod
    def of_nothing(cls, layout: Layout, asked: int) -> Outcome:
        """The outcome of a request that could not be decided: nothing is permitted."""
        return cls(layout, array("q", bytes(8 * layout.size)), {}, asked)

    @property
    def target(self) -> str | None:
        """The best target that is permitted."""
        return self._layout.program.targets[self._out[op.STRIDE]] if self._out[op.COUNT] else None

    def order(self) -> tuple[str, ...]:
        """The permitted targets, best first."""
        names = self._layout.program.targets
        return tuple([names[i] for i in self._out[op.STRIDE : op.STRIDE + self._out[op.COUNT]]])

    def verdict(self) -> object:
        """What a costly signal must not change: all but scores, fired rules and reasons.

        Two outcomes of one request that are equal here are one to whoever obeys them.
        """
        words = self._words()
        permitted = words.permitted & self._asked
        named = [words.hold, words.restricted, *words.tools, *words.tags]
        named += [bits for caps in words.caps for bits in caps]
        present = sorted(name for name, counts in self._labels.items() if _is_present(counts))
        treated = {
            label: tuple(
                words.treated[place] & permitted for place in self._layout.treated_by.get(label, ())
            )
            for label in present
        }
        kept = tuple((label, bits) for label, bits in treated.items() if any(bits))
        return self.order(), tuple(word & permitted for word in named), kept

    def is_held(self) -> bool:
        """Whether the best target waits for approval."""
        layout = self._layout
        hold = self._out[layout.words_at + layout.places[1]]
        return bool(hold >> self._out[op.STRIDE] & 1)

    def targets(self) -> dict[str, TargetOutcome]:
        """What each target that is asked about may do."""
        fired = self._named(self._layout.fired, self._words().fired)
        return {row[0]: TargetOutcome(*row) for row in self._rows(fired)}

    def rows(self) -> tuple[list[str], list[Row]]:
        """The rules that fired on every target that is asked about, and a row for each target.

        What fired everywhere is left out of the rows.
        """
        asked, words = self._asked, self._words().fired
        some = [(n, w & asked) for n, w in zip(self._layout.fired, words, strict=True) if w & asked]
        rest = [(name, word) for name, word in some if word != asked]
        rows = self._rows(lambda bit: tuple([name for name, word in rest if word & bit]))
        return [name for name, word in some if word == asked], list(rows)

    def _rows(self, fired: Callable[[int], tuple[str, ...]]) -> Iterator[Row]:
        """What a `TargetOutcome` is made of, for each target that is asked about."""
        words, layout = self._words(), self._layout
        present = sorted(name for name, counts in self._labels.items() if _is_present(counts))
        tags = self._named(layout.tags, words.tags)
        tools = self._named(layout.tools, words.tools)
        for place, name in enumerate(layout.program.targets):
            bit = 1 << place
            if self._asked & bit:
                yield (
                    name,
                    bool(words.permitted & bit),
                    self._out[layout.scores_at + place],
                    self._treatments(present, words.treated, bit),
                    self._caps(words.caps, bit),
                    tools(bit) if words.restricted & bit else None,
                    tags(bit),
                    bool(words.hold & bit),
                    fired(bit),
                )

    def reasons(self) -> Iterator[tuple[str, str, str | None]]:
        """Each rule and target that it removes or holds, and why."""
        asked, targets = self._asked, self._layout.program.targets
        for rule, word in zip(self._layout.reasons, self._words().reasons, strict=True):
            if word & asked:
                for place in self._places(word):
                    yield rule.name, targets[place], rule.because

    def unknown(self) -> list[str]:
        """The names of what was unknown and mattered."""
        blamed = self._words().blamed
        names = {
            name
            for item, word in zip(self._layout.outputs.blamed, blamed, strict=False)
            for name in self._blame(item, word)
        }
        names.update(name for name in self._unread() if self._is_treated_somewhere(name))
        return sorted(names)

    def label_totals(self) -> dict[str, int | None]:
        """How many spans of each label were found, without those that are none."""
        totals = {
            name: None if counts is None else sum(counts.values())
            for name, counts in self._labels.items()
        }
        return {name: totals[name] for name in sorted(totals) if totals[name] != 0}

    def label_counts(self) -> dict[str, ByRole]:
        """The spans of each label by role, without labels and roles that have none."""
        found: dict[str, ByRole] = {}
        for name in sorted(self._labels):
            counts = self._labels[name]
            kept = None if counts is None else {role: n for role, n in counts.items() if n}
            if kept is None or kept:
                found[name] = kept
        return found

    # --- inside ----------------------------------------------------------------------

    def _words(self) -> _Words:
        """The words by kind, sorted out when they are first asked for."""
        if self._sorted is None:
            self._sorted = self._by_kind()
        return self._sorted

    def _by_kind(self) -> _Words:
        layout = self._layout
        known = self._out[layout.words_at :].tolist()
        words = layout.early(known)
        blamed = known[layout.size - layout.words_at :]
        permitted, hold, restricted = words[:_MASKS]
        fired, reasons, *caps, tools, tags, treated = (words[part] for part in layout.parts)
        return _Words(
            permitted, hold, restricted, fired, reasons, caps, tools, tags, treated, blamed
        )

    def _places(self, word: int) -> Iterator[int]:
        """The targets that are asked about and have their bit."""
        word &= self._asked
        while word:
            low = word & -word
            yield low.bit_length() - 1
            word ^= low

    def _named(
        self, names: Sequence[str], words: Sequence[int]
    ) -> Callable[[int], tuple[str, ...]]:
        """For a target, by its bit, the things whose words have it."""
        asked = self._asked
        some = [(name, word) for name, word in zip(names, words, strict=True) if word & asked]
        return lambda bit: tuple([name for name, word in some if word & bit])

    def _caps(self, words: Sequence[Sequence[int]], bit: int) -> dict[str, int]:
        """The caps of one target: of each the first value that is asked for."""
        found: dict[str, int] = {}
        for cap, bits in zip(self._layout.outputs.caps, words, strict=True):
            if not any(bits):
                continue
            for (value, _), word in zip(cap.values, bits, strict=True):
                if word & bit:
                    found[cap.name] = value
                    break
        return found

    def _treatments(
        self, present: Sequence[str], treated: Sequence[int], bit: int
    ) -> dict[str, Detail]:
        """How the labels that are present are treated on the way to one target."""
        details = ((label, self._treatment(label, treated, bit)) for label in present)
        return {label: detail for label, detail in details if detail is not None}

    def _treatment(self, label: str, treated: Sequence[int], bit: int) -> Detail | None:
        """What is done with a label on the way to one target; None where it is kept."""
        layout = self._layout
        asked = [
            layout.details[place]
            for place in layout.treated_by.get(label, ())
            if treated[place] & bit
        ]
        return strictest(asked) if asked else None

    def _unread(self) -> Iterator[str]:
        return (name for name, counts in self._labels.items() if counts is None)

    def _is_treated_somewhere(self, label: str) -> bool:
        treated = self._words().treated
        places = self._layout.treated_by.get(label, ())
        return any(treated[place] & self._asked for place in places)

    def _blame(self, item: Blamed, word: int) -> Iterator[str]:
        program = self._layout.program
        targets = [program.targets[place] for place in self._places(word)]
        if not targets:
            return
        if item.group is not None:
            labels = {program.labels[place] for place in program.groups[item.group].labels}
            yield from (name for name in self._unread() if name in labels)
        elif item.per_target:
            yield from (f"{target}.{item.name}" for target in targets)
        elif item.name is not None:
            yield item.name


def _is_present(counts: ByRole) -> bool:
    """Whether a label is found or unknown."""
    return counts is None or any(counts.values())
