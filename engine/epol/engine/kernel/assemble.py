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
    Program,
    Scale,
    Sum,
    Value,
    literals_of,
    numbers_of,
)
from epol.engine.kernel import opcodes as op

_LOW, _HIGH = -(2**63), 2**63 - 1

Instruction = tuple[int, list[int]]
"""An opcode and its operands."""


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


def wanted_literals(outputs: Outputs) -> tuple[list[int], list[int]]:
    """The literals that are copied out: of every decision, and of late ones."""
    early = [
        outputs.permitted,
        outputs.hold,
        outputs.restricted,
        *(item.literal for item in outputs.fired),
        *(item.literal for item in outputs.reasons),
        *(literal for cap in outputs.caps for _, literal in cap.values),
        *(item.literal for item in outputs.tools),
        *(item.literal for item in outputs.tags),
        *(item.literal for item in outputs.treated),
    ]
    return early, [item.literal for item in outputs.blamed]


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
        self.early, self.late = wanted_literals(flow.outputs)
        outputs = flow.outputs
        first = [*self.early, *outputs.roots, *(points.literal for points in outputs.points)]
        self.needed_early = self._needed(first, (points.number for points in outputs.points))
        self.needed_late = self._needed(self.late, ()) - self.needed_early
        for place in sorted(self.needed_early | self.needed_late):
            self._place(place)
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
                node = self.flow.nodes[place]
                pending += [literal >> 1 for literal in literals_of(node)]
                pending += numbers_of(node)
        return needed

    def _source(self, literal: int) -> tuple[int, bool]:
        """The literal in whose can-be-true plane an output is read, and whether inverted."""
        node = self.flow.nodes[literal >> 1]
        if isinstance(node, Maybe):
            return node.literal, bool(literal & 1)
        return literal, False

    def _place(self, place: int) -> None:
        """A gate gets planes, a number memory: a word a request, or one a lane."""
        node, is_uniform = self.flow.nodes[place], self.uniform[place]
        if isinstance(node, GATES):
            kind = self._has_bit_a_request(place)
            self.slot[place] = self.gates[kind]
            self.gates[kind] += 1
        elif isinstance(node, Feature):
            self.offset[place] = node.feature
        else:
            self.offset[place] = self.size
            self.size += 1 if is_uniform else 1 << self.shift

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
            if place not in self.expanded:
                self.expanded[place] = self.gates[False]
                self.gates[False] += 1
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

    def _instruction(self, place: int) -> Instruction | None:
        node, uniform = self.flow.nodes[place], self.uniform[place]
        if isinstance(node, Fixed | Feature | Value | Lanes):
            return None
        at = 2 * self.slot.get(place, 0)

        def literals(wanted: Iterable[int]) -> list[int]:
            return [self._literal(literal, by_lane=not uniform) for literal in wanted]

        match node:
            case And((a, b)):
                return op.AND_TWO if uniform else op.AND_TWO_LANES, [at, *literals((a, b))]
            case And(wanted):
                name = op.AND if uniform else op.AND_LANES
                return name, [at, len(wanted), *literals(wanted)]
            case Maybe(literal):
                return op.MAYBE if uniform else op.MAYBE_LANES, [at, *literals((literal,))]
            case Known(number):
                return op.KNOWN if uniform else op.KNOWN_LANES, [at, self.offset[number]]
            case Member(number, members):
                name = op.MEMBER if uniform else op.MEMBER_LANES
                return name, [at, self.offset[number], len(members), *members]
            case Equal(left, right):
                return self._comparison(at, left, right, is_less=False)
            case Less(left, right):
                return self._comparison(at, left, right, is_less=True)
            case _:
                return self._arithmetic(place, node)

    def _comparison(self, at: int, left: int, right: int, *, is_less: bool) -> Instruction:
        nodes = self.flow.nodes
        if not (self.uniform[left] and self.uniform[right]):
            operands = [*self._operand(left), *self._operand(right)]
            return op.COMPARE_LANES, [at, *operands, int(is_less)]
        one, other = nodes[left], nodes[right]
        if isinstance(other, Value):
            bounds = (_LOW, other.value - 1) if is_less else (other.value, other.value)
            return op.WITHIN, [at, self.offset[left], *_range(*bounds)]
        if isinstance(one, Value):
            bounds = (one.value + 1, _HIGH) if is_less else (one.value, one.value)
            return op.WITHIN, [at, self.offset[right], *_range(*bounds)]
        return op.COMPARE, [at, self.offset[left], self.offset[right], int(is_less)]

    def _arithmetic(self, place: int, node: Node) -> Instruction:
        uniform = self.uniform[place]
        head = [self.offset[place], int(uniform)]

        def operands(numbers: Iterable[int]) -> list[int]:
            places = (self._operand(number, by_lane=not uniform) for number in numbers)
            return [word for place in places for word in place]

        match node:
            case Sum(constant, terms):
                words = [w for c, number in terms for w in (c, *operands([number]))]
                return op.SUM, [*head, constant, len(terms), *words]
            case Scale(number, above, below):
                return op.SCALE, [*head, *operands((number, above, below))]
            case Least(numbers) | Greatest(numbers):
                greatest = int(isinstance(node, Greatest))
                return op.EXTREME, [*head, greatest, len(numbers), *operands(numbers)]
            case Choose(literal, then, otherwise):
                chosen = self._literal(literal, by_lane=not uniform)
                return op.CHOOSE, [*head, chosen, *operands((then, otherwise))]
            case Gather(features):
                return op.GATHER, [self.offset[place], len(features), *features]
            case _:
                raise AssertionError("a node without an instruction")

    # --- the whole -------------------------------------------------------------------

    def code(self) -> Code:
        outputs = self.flow.outputs
        code = [0] * op.HEADER
        parts = [self._runs(sorted(self.needed_early)), self._runs(sorted(self.needed_late))]
        table = [
            word
            for part in parts
            for name, count, words in part
            for word in (name, count, self._append(code, words))
        ]
        points = [
            word
            for item in outputs.points
            for word in (self._reference(item.literal), item.sign, *self._operand(item.number))
        ]
        wanted = [self._reference(literal) for literal in (*self.early, *self.late)]
        code[op.TARGETS], code[op.SHIFT] = self.targets, self.shift
        code[op.UNIFORM_GATES] = self.gates[True]
        code[op.RUNS] = self._append(code, table)
        code[op.EARLY], code[op.LATE] = len(parts[0]), len(parts[1])
        code[op.POINTS], code[op.POINTS_COUNT] = self._append(code, points), len(outputs.points)
        code[op.ROOTS] = self._append(code, map(self._root, outputs.roots))
        code[op.ROOTS_COUNT] = len(outputs.roots)
        code[op.PERMITTED] = self._reference(outputs.permitted)
        code[op.WANTED] = self._append(code, wanted)
        code[op.WANTED_EARLY], code[op.WANTED_LATE] = len(self.early), len(self.late)
        code[op.SCORES] = self.scores
        return self._with_constants(code)

    def _root(self, literal: int) -> int:
        """The plane of a literal itself, which may be unknown."""
        is_uniform = self._has_bit_a_request(literal >> 1)
        place = self._literal(literal, by_lane=not is_uniform)
        return 4 * place + op.UNIFORM_PLANE * is_uniform

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

    def _runs(self, places: Iterable[int]) -> list[tuple[int, int, list[int]]]:
        """The instructions of some nodes by how deep they stand, then by opcode.

        What is uniform and asked for by lane is expanded just before.
        """
        grouped: dict[tuple[int, int], list[list[int]]] = {}
        levels = _levels(self.flow.nodes)
        for place in places:
            expanded = set(self.expanded)
            instruction = self._instruction(place)
            for source in self.expanded.keys() - expanded:
                words = [2 * self.expanded[source], 2 * self.slot[source]]
                grouped.setdefault((2 * levels[source] + 1, op.EXPAND), []).append(words)
            if instruction is not None:
                name, words = instruction
                grouped.setdefault((2 * levels[place], name), []).append(words)
        return [
            (name, len(lists), [word for words in lists for word in words])
            for (_, name), lists in sorted(grouped.items(), key=_by_level)
        ]


def _range(low: int, high: int) -> tuple[int, int]:
    """Bounds that fit 64 bits; those that nothing is within are 1 and 0."""
    return (low, high) if _LOW <= low <= high <= _HIGH else (1, 0)


def _by_level(item: tuple[tuple[int, int], list[list[int]]]) -> tuple[int, int]:
    return item[0]


def _levels(nodes: tuple[Node, ...]) -> list[int]:
    """How many nodes stand one behind another before each."""
    levels: list[int] = []
    for node in nodes:
        read = (*(literal >> 1 for literal in literals_of(node)), *numbers_of(node))
        levels.append(1 + max((levels[place] for place in read), default=-1))
    return levels
