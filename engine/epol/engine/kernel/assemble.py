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

Instruction = tuple[int, list[int]]
"""An opcode and its operands."""


@dataclass(frozen=True)
class Code:
    """What the kernel runs, and the memory it needs for one request.

    `code` is int64 words.  `numbers` and `planes` are how many it needs for each request
    and how many gates there are; the constants among them are written once.  `wanted` are
    the literals that are copied out, the early ones first.
    """

    code: list[int]
    shift: int
    targets: int
    numbers: int
    gates: int
    values: tuple[tuple[int, int], ...]
    lanes: tuple[tuple[int, tuple[int | None, ...]], ...]
    fixed: tuple[tuple[int, int, int], ...]
    wanted: int
    wanted_late: int


def assemble(program: Program, flow: FlowProgram) -> Code:
    """The code of one flow of a program that `soundness.check` has passed."""
    return _Assembler(program, flow).code()


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
    def __init__(self, program: Program, flow: FlowProgram) -> None:
        self.flow = flow
        self.targets = len(program.targets)
        self.shift = max(self.targets - 1, 0).bit_length()
        self.uniform: list[bool] = []
        self.offset: list[int] = []
        self.slot: list[int] = []
        self.size = len(program.features)
        self.gates = 0
        for node in flow.nodes:
            self._place(node)
        self.scores = self.size
        self.size += 1 << self.shift

    # --- where things stand ----------------------------------------------------------

    def _place(self, node: Node) -> None:
        """A gate gets planes, a number memory: a word a request, or one a lane."""
        is_uniform = self._is_uniform(node)
        self.uniform.append(is_uniform)
        is_gate = isinstance(node, GATES)
        self.slot.append(self.gates if is_gate else -1)
        self.gates += is_gate
        if isinstance(node, Feature):
            self.offset.append(node.feature)
        elif is_gate:
            self.offset.append(-1)
        else:
            self.offset.append(self.size)
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

    def _literal(self, literal: int) -> int:
        return 2 * self.slot[literal >> 1] + (literal & 1)

    def _operand(self, number: int, *, by_lane: bool = True) -> tuple[int, int]:
        """Where a number lies, and how far a lane is shifted to find it."""
        shift = self.shift if by_lane and self.uniform[number] else 0
        return self.offset[number], shift

    # --- instructions ----------------------------------------------------------------

    def _instruction(self, place: int) -> Instruction | None:  # noqa: C901 (one case a node)
        node = self.flow.nodes[place]
        at = 2 * self.slot[place]
        match node:
            case Fixed() | Feature() | Value() | Lanes():
                return None
            case And((a, b)):
                return op.AND_TWO, [at, self._literal(a), self._literal(b)]
            case And(literals):
                return op.AND, [at, len(literals), *map(self._literal, literals)]
            case Maybe(literal):
                return op.MAYBE, [at, self._literal(literal)]
            case Known(number):
                return op.KNOWN, [at, *self._operand(number)]
            case Member(number, members):
                return op.MEMBER, [at, *self._operand(number), len(members), *members]
            case Equal(left, right):
                return self._comparison(at, left, right, op.EQUAL)
            case Less(left, right):
                return self._comparison(at, left, right, op.LESS)
            case _:
                return self._arithmetic(place, node)

    def _comparison(self, at: int, left: int, right: int, relation: int) -> Instruction:
        nodes = self.flow.nodes
        if not (self.uniform[left] and self.uniform[right]):
            operands = [*self._operand(left), *self._operand(right)]
            return op.COMPARE_LANES, [at, *operands, relation]
        one, other = nodes[left], nodes[right]
        if isinstance(other, Value):
            return op.COMPARE_VALUE, [at, self.offset[left], other.value, relation]
        if isinstance(one, Value):
            turned = op.GREATER if relation == op.LESS else relation
            return op.COMPARE_VALUE, [at, self.offset[right], one.value, turned]
        return op.COMPARE, [at, self.offset[left], self.offset[right], relation]

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
                return op.CHOOSE, [*head, self._literal(literal), *operands((then, otherwise))]
            case Gather(features):
                return op.GATHER, [self.offset[place], len(features), *features]
            case _:
                raise AssertionError("a node without an instruction")

    # --- the whole -------------------------------------------------------------------

    def code(self) -> Code:
        outputs = self.flow.outputs
        early, late = wanted_literals(outputs)
        code = [0] * op.HEADER
        runs = [self._runs(range(self.flow.late)), self._runs(range(self.flow.late, len(self.slot)))]
        starts = [[self._append(code, words) for _, _, words in part] for part in runs]
        table = [
            word
            for part, places in zip(runs, starts, strict=True)
            for (name, count, _), start in zip(part, places, strict=True)
            for word in (name, count, start)
        ]
        points = [
            word
            for item in outputs.points
            for word in (self._literal(item.literal), item.sign, *self._operand(item.number))
        ]
        code[op.TARGETS], code[op.SHIFT] = self.targets, self.shift
        code[op.RUNS] = self._append(code, table)
        code[op.EARLY], code[op.LATE] = len(runs[0]), len(runs[1])
        code[op.POINTS], code[op.POINTS_COUNT] = self._append(code, points), len(outputs.points)
        code[op.ROOTS] = self._append(code, map(self._literal, outputs.roots))
        code[op.ROOTS_COUNT] = len(outputs.roots)
        code[op.PERMITTED] = self._literal(outputs.permitted)
        code[op.WANTED] = self._append(code, map(self._literal, (*early, *late)))
        code[op.WANTED_EARLY], code[op.WANTED_LATE] = len(early), len(late)
        code[op.SCORES] = self.scores
        return self._with_constants(code, len(early), len(late))

    def _with_constants(self, code: list[int], early: int, late: int) -> Code:
        nodes = list(enumerate(self.flow.nodes))
        return Code(
            code,
            self.shift,
            self.targets,
            self.size,
            self.gates,
            tuple((self.offset[i], n.value) for i, n in nodes if isinstance(n, Value)),
            tuple((self.offset[i], n.values) for i, n in nodes if isinstance(n, Lanes)),
            tuple((self.slot[i], n.true, n.false) for i, n in nodes if isinstance(n, Fixed)),
            early,
            late,
        )

    @staticmethod
    def _append(code: list[int], words: Iterable[int]) -> int:
        start = len(code)
        code.extend(words)
        return start

    def _runs(self, places: Iterable[int]) -> list[tuple[int, int, list[int]]]:
        """The instructions of some nodes by how deep they stand, then by opcode."""
        grouped: dict[tuple[int, int], list[list[int]]] = {}
        levels = _levels(self.flow.nodes)
        for place in places:
            instruction = self._instruction(place)
            if instruction is not None:
                name, words = instruction
                grouped.setdefault((levels[place], name), []).append(words)
        return [
            (name, len(lists), [word for words in lists for word in words])
            for (_, name), lists in sorted(grouped.items(), key=_by_level)
        ]


def _by_level(item: tuple[tuple[int, int], list[list[int]]]) -> tuple[int, int]:
    return item[0]


def _levels(nodes: tuple[Node, ...]) -> list[int]:
    """How many nodes stand one behind another before each."""
    levels: list[int] = []
    for node in nodes:
        read = (*(literal >> 1 for literal in literals_of(node)), *numbers_of(node))
        levels.append(1 + max((levels[place] for place in read), default=-1))
    return levels
