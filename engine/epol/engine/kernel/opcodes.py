"""The kernel's instructions: one int64 each for the name, then their operands.

`d`, `a`, `b` of gates are places of planes: literal l has its can-be-true words at l · W
and its can-be-false words at (l ^ 1) · W.  Numbers lie at `offset` · n; `shift` takes a
lane to the request (lanes lie side by side, 2^shift a request), and is 0 where the number
has a value for each lane.  An instruction computes for requests where it is `uniform`.
"""

COMPARE_VALUE = 0  # d, offset, value, relation: a uniform number with a constant
COMPARE = 1  # d, offset, offset, relation: two uniform numbers
COMPARE_LANES = 2  # d, offset, shift, offset, shift, relation
MEMBER = 3  # d, offset, shift, count, members …
KNOWN = 4  # d, offset, shift
AND_TWO = 5  # d, a, b
AND = 6  # d, count, literals …
MAYBE = 7  # d, a
SUM = 8  # offset, uniform, constant, count, (coefficient, offset, shift) …
SCALE = 9  # offset, uniform, offset, shift, offset, shift, offset, shift
EXTREME = 10  # offset, uniform, is greatest, count, (offset, shift) …
CHOOSE = 11  # offset, uniform, literal, offset, shift, offset, shift
GATHER = 12  # offset, count, offsets …

EQUAL, LESS, GREATER = 0, 1, 2
"""Relations of a comparison; GREATER only with a constant."""

# Where the parts of a program stand: the first words of its code.
TARGETS = 0  # how many
SHIFT = 1  # the binary logarithm of the lanes a request takes
RUNS = 2  # where the runs of instructions stand: (opcode, count, start) each
EARLY = 3  # how many runs there are that every decision needs
LATE = 4  # how many more, needed only where something unknown mattered
POINTS = 5  # where the points stand: (literal, sign, offset, shift) each
POINTS_COUNT = 6
ROOTS = 7  # where the roots stand: a literal each
ROOTS_COUNT = 8
PERMITTED = 9  # a literal
WANTED = 10  # where the literals stand that are copied out
WANTED_EARLY = 11  # how many of them every decision needs
WANTED_LATE = 12  # how many more come with the late runs
SCORES = 13  # the offset of the scores among the numbers
HEADER = 14

# What comes out: for each request `STRIDE + 2 · targets` words, then the wanted words.
COUNT = 0  # how many targets are permitted
IS_LATE = 1  # whether the late runs were run
STRIDE = 2  # then the order of the targets, then the scores by target
