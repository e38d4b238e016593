"""A flow's program as the kernel's code.

Nodes of one kind that need nothing of each other stand side by side, in *runs*, so that
the kernel asks once for many what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from epol.engine.bundle.program import (
    GATES,
    And,
    Choose,
    Equal,
    Feature,
    Fixed,
    FlowProgram,
    Gather,
    Greatest,
    Known,
    Lanes,
    Least,
    Less,
    Maybe,
    Member,
    Node,
    Outputs,
    Points,
    Program,
    Scale,
    Sum,
    Value,
    literals_of,
    numbers_of,
)
from epol.engine.kernel import opcodes as op

_LOW, _HIGH = -(2**63), 2**63 - 1

_BY_LANE = {
    op.AND: op.AND_LANES,
    op.AND_TWO: op.AND_TWO_LANES,
    op.AND_THREE: op.AND_THREE_LANES,
}
_MADE_BY: dict[type[Node], int] = {
    Sum: op.SUM,
    Least: op.EXTREME,
    Greatest: op.EXTREME,
    Choose: op.CHOOSE,
    Gather: op.GATHER,
}
"""Nodes that one opcode makes, whatever they read."""


@dataclass(frozen=True)
class _Run:
    """Nodes that one opcode makes, one after the other."""

    name: int
    places: list[int]


@dataclass(frozen=True)
class Code:
    """What the kernel runs, and the memory it needs for one request.

    `code` is int64 words.  `numbers` is how many numbers it needs for each request,
    `uniform_gates` and `lane_gates` how many gates there are of each kind.  The constants
    among them are written once: numbers by offset, gates by slot with their planes for the
    targets.  `wanted` and `wanted_late` say how many planes are copied out.
    """

    code: list[int]
    shift: int
    targets: int
    numbers: int
    uniform_gates: int
    lane_gates: int
    values: tuple[tuple[int, int], ...]
    lanes: tuple[tuple[int, tuple[int | None, ...]], ...]
    fixed_uniform: tuple[tuple[int, bool, bool], ...]
    fixed_lanes: tuple[tuple[int, int, int], ...]
    wanted: int
    wanted_late: int


def assemble(program: Program, flow: FlowProgram, *, single: bool) -> Code:
    """The code of one flow of a program that `soundness.check` has passed.

    `single` code is for one request at a time, the other for 64 or more.
    """
    return _Assembler(program, flow, single=single).code()


@dataclass(frozen=True)
class Wanted:
    """The literals that are copied out: of every decision, each once, and of late ones.

    `places` says where each stands among them, in the order of `Outputs`, the late ones last.
    """

    early: tuple[int, ...]
    late: tuple[int, ...]
    places: tuple[int, ...]


def wanted_of(outputs: Outputs) -> Wanted:
    """What is copied out of a single decision."""
    asked = [
        *masks_of(outputs),
        *(item.literal for item in outputs.fired),
        *(item.literal for item in outputs.reasons),
        *(literal for cap in outputs.caps for _, literal in cap.values),
        *(item.literal for item in outputs.tools),
        *(item.literal for item in outputs.tags),
        *(item.literal for item in outputs.treated),
    ]
    places: dict[int, int] = {}
    early = [places.setdefault(literal, len(places)) for literal in asked]
    late = tuple(item.literal for item in outputs.blamed)
    return Wanted(tuple(places), late, (*early, *range(len(places), len(places) + len(late))))


def masks_of(outputs: Outputs) -> tuple[int, int, int]:
    """The literals of what a target may do; they come first of all."""
    return outputs.permitted, outputs.hold, outputs.restricted


class _Assembler:
    """Places the nodes that are needed, and writes their instructions."""

    def __init__(self, program: Program, flow: FlowProgram, *, single: bool) -> None:
        self.flow, self.single = flow, single
        self.targets = len(program.targets)
        self.shift = max(self.targets - 1, 0).bit_length()
        self.uniform: list[bool] = []
        self.offset: dict[int, int] = {}
        self.slot: dict[int, int] = {}
        self.expanded: dict[int, int] = {}
        self.size = len(program.features)
        self.gates = {True: 0, False: 0}
        for node in flow.nodes:
            self.uniform.append(self._is_uniform(node))
        self.sources = [_sources(node) for node in flow.nodes]
        self.levels = _levels(self.sources)
        outputs = flow.outputs
        if single:
            wanted = wanted_of(outputs)
            self.early, self.late, self.roots = wanted.early, wanted.late, outputs.roots
        else:
            fired = (item.literal for item in outputs.fired)
            self.early, self.late, self.roots = (*masks_of(outputs), *fired), (), ()
        first = [*self.early, *self.roots, *(points.literal for points in outputs.points)]
        self.needed = self._needed(first, (points.number for points in outputs.points))
        late = self._needed(self.late, ()) - self.needed
        self._place_constants(self.needed | late)
        self.runs = self._placed_runs(self.needed), self._placed_runs(late)
        self.scores = self.size
        self.size += 1 << self.shift

    # --- what is needed, and where it stands -----------------------------------------

    def _needed(self, literals: Iterable[int], numbers: Iterable[int]) -> set[int]:
        """The nodes that outputs depend on.  Of a `Maybe` that only comes out, none does."""
        pending = [self._source(literal)[0] >> 1 for literal in literals]
        pending += numbers
        needed: set[int] = set()
        while pending:
            place = pending.pop()
            if place not in needed:
                needed.add(place)
                pending += self.sources[place]
        return needed

    def _source(self, literal: int) -> tuple[int, bool]:
        """The literal in whose can-be-true plane an output is read, and whether inverted."""
        node = self.flow.nodes[literal >> 1]
        if isinstance(node, Maybe):
            return node.literal, bool(literal & 1)
        return literal, False

    def _place_constants(self, places: Iterable[int]) -> None:
        """What no instruction makes."""
        for place in sorted(places):
            node = self.flow.nodes[place]
            if isinstance(node, Feature):
                self.offset[place] = node.feature
            elif isinstance(node, Fixed | Value | Lanes):
                self._place(place)

    def _placed_runs(self, places: Iterable[int]) -> list[_Run]:
        """The runs of some nodes by how deep they stand, then by opcode.

        Their gates stand in the same order, so that an instruction need not say which it
        makes.  What is uniform and asked for by lane is expanded just before.
        """
        grouped: dict[tuple[int, int, int], list[int]] = {}
        for place in sorted(places):
            for source in self._asked_by_lane(place):
                self.expanded[source] = 0
                key = (2 * self.levels[source] + 1, op.EXPAND, 0)
                grouped.setdefault(key, []).append(source)
            name = self._name(place)
            if name is not None:
                key = (2 * self.levels[place], name, self._group(place, name))
                grouped.setdefault(key, []).append(place)
        runs = [_Run(name, grouped[key]) for key in sorted(grouped) for name in key[1:2]]
        for run in runs:
            for place in run.places:
                if run.name == op.EXPAND:
                    self.expanded[place] = self._next_slot(by_lane=True)
                else:
                    self._place(place)
        return runs

    def _asked_by_lane(self, place: int) -> list[int]:
        """The uniform gates that a node is the first to read by lane."""
        if self.uniform[place]:
            return []
        sources = dict.fromkeys(literal >> 1 for literal in literals_of(self.flow.nodes[place]))
        return [
            source
            for source in sources
            if self._has_bit_a_request(source) and source not in self.expanded
        ]

    def _place(self, place: int) -> None:
        """A gate gets planes, a number memory: a word a request, or one a lane."""
        if isinstance(self.flow.nodes[place], GATES):
            self.slot[place] = self._next_slot(by_lane=not self._has_bit_a_request(place))
        else:
            self.offset[place] = self.size
            self.size += 1 if self.uniform[place] else 1 << self.shift

    def _next_slot(self, *, by_lane: bool) -> int:
        self.gates[not by_lane] += 1
        return self.gates[not by_lane] - 1

    def _is_uniform(self, node: Node) -> bool:
        """Whether a node is the same for all targets of a request."""
        uniform = self.uniform
        match node:
            case Fixed(true, false):
                return {true, false} <= {0, (1 << self.targets) - 1}
            case And(literals):
                return all(uniform[literal >> 1] for literal in literals)
            case Maybe(literal):
                return uniform[literal >> 1]
            case Known(number) | Member(number):
                return uniform[number]
            case Equal(left, right) | Less(left, right):
                return uniform[left] and uniform[right]
            case Feature() | Value():
                return True
            case Lanes() | Gather():
                return False
            case Sum(_, terms):
                return all(uniform[number] for _, number in terms)
            case Scale(number, above, below):
                return uniform[number] and uniform[above] and uniform[below]
            case Least(numbers) | Greatest(numbers):
                return all(uniform[number] for number in numbers)
            case Choose(literal, then, otherwise):
                return uniform[literal >> 1] and uniform[then] and uniform[otherwise]

    def _has_bit_a_request(self, place: int) -> bool:
        """Whether a gate is of the uniform kind."""
        return self.uniform[place] and not self.single

    def _literal(self, literal: int, *, by_lane: bool) -> int:
        """A literal among those of its kind; a uniform one may be asked for by lane."""
        place, negated = literal >> 1, literal & 1
        if by_lane and self._has_bit_a_request(place):
            return 2 * self.expanded[place] + negated
        return 2 * self.slot[place] + negated

    def _reference(self, literal: int) -> int:
        """The plane of an output."""
        source, is_inverted = self._source(literal)
        is_uniform = self._has_bit_a_request(source >> 1)
        flags = op.UNIFORM_PLANE * is_uniform + op.INVERTED * is_inverted
        return 4 * self._literal(source, by_lane=not is_uniform) + flags

    def _operand(self, number: int, *, by_lane: bool = True) -> tuple[int, int]:
        """Where a number lies, and how far a lane is shifted to find it."""
        shift = self.shift if by_lane and self.uniform[number] else 0
        return self.offset[number], shift

    # --- instructions ----------------------------------------------------------------

    def _name(self, place: int) -> int | None:
        """The opcode that makes a node; None for what is there before."""
        node, uniform = self.flow.nodes[place], self.uniform[place]
        match node:
            case And(literals):
                name = {2: op.AND_TWO, 3: op.AND_THREE}.get(len(literals), op.AND)
                return name if self._has_bit_a_request(place) else _BY_LANE[name]
            case Maybe():
                return op.MAYBE if self._has_bit_a_request(place) else op.MAYBE_LANES
            case Known():
                return op.KNOWN if uniform else op.KNOWN_LANES
            case Member():
                return op.MEMBER if uniform else op.MEMBER_LANES
            case Equal(left, right) | Less(left, right):
                if not uniform:
                    return op.COMPARE_LANES
                return op.COMPARE if self._constant(left, right) is None else op.WITHIN
            case Scale():
                return op.SCALE if self._fraction(node) is None else op.SCALE_BY
            case _:
                return _MADE_BY.get(type(node))

    def _fraction(self, node: Scale) -> tuple[int, int] | None:
        """Numerator and denominator, where both are the same for all targets."""
        times, by = self._value(node.numerator), self._value(node.denominator)
        return None if times is None or by is None else (times, by)

    def _value(self, place: int) -> int | None:
        """The number of a constant."""
        node = self.flow.nodes[place]
        return node.value if isinstance(node, Value) else None

    def _constant(self, left: int, right: int) -> int | None:
        """Which of two numbers is a constant, the right one first."""
        return next((place for place in (right, left) if self._value(place) is not None), None)

    def _group(self, place: int, name: int) -> int:
        """What nodes of a run have in common beside their opcode."""
        if name != op.WITHIN:
            return 0
        left, right = numbers_of(self.flow.nodes[place])
        return left if self._constant(left, right) == right else right

    def _instruction(self, place: int) -> list[int]:
        node, uniform = self.flow.nodes[place], self.uniform[place]
        match node:
            case And(wanted):
                words = [self._literal(literal, by_lane=not uniform) for literal in wanted]
                return words if len(words) in (2, 3) else [len(words), *words]
            case Maybe(literal):
                return [self._literal(literal, by_lane=not uniform)]
            case Known(number):
                return [self.offset[number]]
            case Member(number, members):
                return [self.offset[number], len(members), *members]
            case Equal(left, right) | Less(left, right):
                return self._comparison(left, right, is_less=isinstance(node, Less))
            case _:
                return self._arithmetic(place, node)

    def _comparison(self, left: int, right: int, *, is_less: bool) -> list[int]:
        if not (self.uniform[left] and self.uniform[right]):
            return [*self._operand(left), *self._operand(right), int(is_less)]
        one, other = self._value(left), self._value(right)
        if other is not None:
            return [*_range(*((_LOW, other - 1) if is_less else (other, other)))]
        if one is not None:
            return [*_range(*((one + 1, _HIGH) if is_less else (one, one)))]
        return [self.offset[left], self.offset[right], int(is_less)]

    def _arithmetic(self, place: int, node: Node) -> list[int]:
        uniform = self.uniform[place]
        head = [self.offset[place], int(uniform)]

        def operands(numbers: Iterable[int]) -> list[int]:
            places = (self._operand(number, by_lane=not uniform) for number in numbers)
            return [word for place in places for word in place]

        match node:
            case Sum(constant, terms):
                words = [w for c, number in terms for w in (c, *operands([number]))]
                return [*head, constant, len(terms), *words]
            case Scale(number, above, below):
                fraction = self._fraction(node)
                if fraction is not None:
                    return [*head, self.offset[number], *fraction]
                return [*head, *operands((number, above, below))]
            case Least(numbers) | Greatest(numbers):
                greatest = int(isinstance(node, Greatest))
                return [*head, greatest, len(numbers), *operands(numbers)]
            case Choose(literal, then, otherwise):
                chosen = self._literal(literal, by_lane=not uniform)
                return [*head, chosen, *operands((then, otherwise))]
            case Gather(features):
                return [self.offset[place], len(features), *features]
            case _:
                raise AssertionError("a node without an instruction")

    # --- the whole -------------------------------------------------------------------

    def code(self) -> Code:
        outputs = self.flow.outputs
        code = [0] * op.HEADER
        parts = [[self._run(code, run) for run in part] for part in self.runs]
        wanted = [self._reference(literal) for literal in (*self.early, *self.late)]
        read = sorted(self._read())
        code[op.TARGETS], code[op.SHIFT] = self.targets, self.shift
        code[op.UNIFORM_GATES] = self.gates[True]
        code[op.RUNS] = self._append(code, [word for part in parts for run in part for word in run])
        code[op.EARLY], code[op.LATE] = len(parts[0]), len(parts[1])
        self._append_points(code, outputs.points)
        roots = [self._literal(literal, by_lane=True) for literal in self.roots]
        code[op.ROOTS] = self._append(code, roots)
        code[op.ROOTS_COUNT] = len(self.roots)
        code[op.READ], code[op.READ_COUNT] = self._append(code, read), len(read)
        code[op.UNKNOWNS] = int(any(_is_unknown(self.flow.nodes[i]) for i in self.needed))
        code[op.PERMITTED] = self._reference(outputs.permitted)
        code[op.WANTED] = self._append(code, wanted)
        code[op.WANTED_EARLY], code[op.WANTED_LATE] = len(self.early), len(self.late)
        code[op.SCORES] = self.scores
        return self._with_constants(code)

    def _run(self, code: list[int], run: _Run) -> tuple[int, int, int, int]:
        """A run as the table of runs has it, with its instructions at the end of the code."""
        if run.name == op.EXPAND:
            words = [2 * self.slot[place] for place in run.places]
            first = 2 * self.expanded[run.places[0]]
        else:
            words = [word for place in run.places for word in self._instruction(place)]
            first = 2 * self.slot.get(run.places[0], 0)
        if run.name == op.WITHIN:
            words.insert(0, self.offset[self._group(run.places[0], op.WITHIN)])
        return run.name, len(run.places), self._append(code, words), first

    def _append_points(self, code: list[int], points: tuple[Points, ...]) -> None:
        fixed: list[int] = []
        others: list[int] = []
        for item in points:
            reference, value = self._reference(item.literal), self._value(item.number)
            if value is None:
                others += (reference, item.sign, *self._operand(item.number))
            else:
                fixed += (reference, _wrapped(item.sign * value))
        code[op.POINTS], code[op.POINTS_COUNT] = self._append(code, others), len(others) // 4
        code[op.FIXED], code[op.FIXED_COUNT] = self._append(code, fixed), len(fixed) // 2

    def _read(self) -> set[int]:
        """The features that early nodes read."""
        nodes = [self.flow.nodes[place] for place in self.needed]
        gathered = {place for node in nodes if isinstance(node, Gather) for place in node.features}
        return gathered | {node.feature for node in nodes if isinstance(node, Feature)}

    def _with_constants(self, code: list[int]) -> Code:
        nodes = [
            (place, self.flow.nodes[place])
            for place in sorted(self.slot.keys() | self.offset.keys())
        ]
        fixed = [(place, node) for place, node in nodes if isinstance(node, Fixed)]
        return Code(
            code,
            self.shift,
            self.targets,
            self.size,
            self.gates[True],
            self.gates[False],
            tuple((self.offset[i], n.value) for i, n in nodes if isinstance(n, Value)),
            tuple((self.offset[i], n.values) for i, n in nodes if isinstance(n, Lanes)),
            tuple(
                (self.slot[i], n.true > 0, n.false > 0)
                for i, n in fixed
                if self._has_bit_a_request(i)
            ),
            tuple(
                (self.slot[i], n.true, n.false) for i, n in fixed if not self._has_bit_a_request(i)
            ),
            len(self.early),
            len(self.late),
        )

    @staticmethod
    def _append(code: list[int], words: Iterable[int]) -> int:
        start = len(code)
        code.extend(words)
        return start


def _is_unknown(node: Node) -> bool:
    """Whether a constant is unknown on some target."""
    match node:
        case Fixed(true, false):
            return true & false != 0
        case Lanes(values):
            return None in values
        case _:
            return False


def _wrapped(number: int) -> int:
    """A number modulo 2^64, as the kernel computes."""
    return (number - _LOW) % 2**64 + _LOW


def _sources(node: Node) -> tuple[int, ...]:
    """The nodes that a node reads."""
    return (*(literal >> 1 for literal in literals_of(node)), *numbers_of(node))


def _range(low: int, high: int) -> tuple[int, int]:
    """Bounds that fit 64 bits; those that nothing is within are 1 and 0."""
    return (low, high) if _LOW <= low <= high <= _HIGH else (1, 0)


def _levels(sources: Iterable[tuple[int, ...]]) -> list[int]:
    """How many nodes stand one behind another before each, by what each reads."""
    levels: list[int] = []
    for read in sources:
        levels.append(1 + max((levels[place] for place in read), default=-1))
    return levels
