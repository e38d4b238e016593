"""The kernel's instructions: one int64 each for the name, then their operands.

Gates are *uniform*, with a bit for each request, or *by lane*, with a bit for each lane;
2^shift lanes of one request lie side by side.  Both kinds have planes of their own, the
uniform ones first: literal l has its can-be-true words at l times the words of its kind,
and its can-be-false words at l ^ 1.  `d`, `a`, `b` are literals of the kind that the
instruction is about; a `d` is even.

Code for one request at a time has no uniform gates: what is the same for all lanes is
written to all of them at once, and nothing need be expanded.

Numbers lie at `offset` times n.  Those of one value a request are read for a lane with
`shift`, others with 0.
"""

WITHIN = 0  # d, offset, low, high: uniform; true from low to high
COMPARE = 1  # d, offset, offset, is less (else equal): uniform
COMPARE_LANES = 2  # d, offset, shift, offset, shift, is less
MEMBER = 3  # d, offset, count, members …: uniform
MEMBER_LANES = 4  # d, offset, count, members …
KNOWN = 5  # d, offset: uniform
KNOWN_LANES = 6  # d, offset
AND = 7  # d, count, literals …: uniform
AND_LANES = 8
AND_TWO = 9  # d, a, b: uniform
AND_TWO_LANES = 10
MAYBE = 11  # d, a: uniform
MAYBE_LANES = 12
EXPAND = 13  # d by lane, a uniform
SUM = 14  # offset, uniform, constant, count, (coefficient, offset, shift) …
SCALE = 15  # offset, uniform, offset, shift, offset, shift, offset, shift
EXTREME = 16  # offset, uniform, is greatest, count, (offset, shift) …
CHOOSE = 17  # offset, uniform, literal, offset, shift, offset, shift
GATHER = 18  # offset, count, offsets …

# A reference to one plane: four times the literal whose can-be-true plane it is, plus
# these.
UNIFORM_PLANE = 2
INVERTED = 1

# Where the parts of a program stand: the first words of its code.
TARGETS = 0  # how many
SHIFT = 1  # the binary logarithm of the lanes a request takes
UNIFORM_GATES = 2  # how many
RUNS = 3  # where the runs of instructions stand: (opcode, count, start) each
EARLY = 4  # how many runs there are that every decision needs
LATE = 5  # how many more, needed only where something unknown mattered
POINTS = 6  # where the points stand: (reference, sign, offset, shift) each
POINTS_COUNT = 7
ROOTS = 8  # where the roots stand: a reference each, to a can-be-true plane
ROOTS_COUNT = 9
PERMITTED = 10  # a reference
WANTED = 11  # where the references stand that are copied out
WANTED_EARLY = 12  # how many of them every decision needs
WANTED_LATE = 13  # how many more come with the late runs
SCORES = 14  # the offset of the scores among the numbers
HEADER = 15

# What comes out: for each request `STRIDE + 2 · targets` words, then the wanted words.
COUNT = 0  # how many targets are permitted
IS_LATE = 1  # of the first request: whether the late runs were run
STRIDE = 2  # then the permitted targets, best first, and -1; then the scores by target
