"""The kernel's instructions: one int64 each for the name, then their operands.

Gates are *uniform*, with a bit for each request, or *by lane*, with a bit for each lane;
2^shift lanes of one request lie side by side.  Both kinds have planes of their own, the
uniform ones first: literal l has its can-be-true words at l times the words of its kind,
and its can-be-false words at l ^ 1.  `a`, `b`, `c` are literals of the kind that the
instruction is about.  Where an instruction puts its gate is not said: a run has the
literal of its first, and the others follow.

Code for one request at a time has no uniform gates: what is the same for all lanes is
written to all of them at once, and nothing need be expanded.

Numbers lie at `offset` times n.  Those of one value a request are read for a lane with
`shift`, others with 0.
"""

WITHIN = 0  # uniform; once: offset; then low, high: true from low to high
COMPARE = 1  # offset, offset, is less (else equal): uniform
COMPARE_LANES = 2  # offset, shift, offset, shift, is less
MEMBER = 3  # offset, count, members …: uniform
MEMBER_LANES = 4  # offset, count, members …
KNOWN = 5  # offset: uniform
KNOWN_LANES = 6  # offset
AND = 7  # count, literals …: uniform
AND_LANES = 8
AND_TWO = 9  # a, b: uniform
AND_TWO_LANES = 10
AND_THREE = 11  # a, b, c: uniform
AND_THREE_LANES = 12
MAYBE = 13  # a: uniform
MAYBE_LANES = 14
EXPAND = 15  # a uniform; the gate is by lane
SUM = 16  # offset, uniform, constant, count, (coefficient, offset, shift) …
SCALE = 17  # offset, uniform, offset, shift, offset, shift, offset, shift
SCALE_BY = 18  # offset, uniform, offset, numerator, denominator: of a number of the same kind
EXTREME = 19  # offset, uniform, is greatest, count, (offset, shift) …
CHOOSE = 20  # offset, uniform, literal, offset, shift, offset, shift
GATHER = 21  # offset, count, offsets …

# A reference to one plane: four times the literal whose can-be-true plane it is, plus
# these.
UNIFORM_PLANE = 2
INVERTED = 1

# Where the parts of a program stand: the first words of its code.
TARGETS = 0  # how many
SHIFT = 1  # the binary logarithm of the lanes a request takes
UNIFORM_GATES = 2  # how many
RUNS = 3  # where the runs stand: (opcode, count, start, first literal) each
EARLY = 4  # how many runs there are that every decision needs
LATE = 5  # how many more, needed only where something unknown mattered
POINTS = 6  # where the points stand: (reference, sign, offset, shift) each
POINTS_COUNT = 7
FIXED = 8  # where the points stand that are always the same: (reference, points) each
FIXED_COUNT = 9
ROOTS = 10  # where the roots stand, literals that may be unknown: of a single request only
ROOTS_COUNT = 11
READ = 12  # where the offsets stand of what early runs read of a request
READ_COUNT = 13
UNKNOWNS = 14  # whether early runs read a constant that is unknown
PERMITTED = 15  # a reference
WANTED = 16  # where the references stand that are copied out
WANTED_EARLY = 17  # how many of them every decision needs
WANTED_LATE = 18  # how many more come with the late runs
SCORES = 19  # the offset of the scores among the numbers
HEADER = 20

# A frame is what a call is about: addresses, then numbers.
CODE_AT, NUMBERS_AT, KNOWN_AT, PLANES_AT, OUT_AT = 0, 1, 2, 3, 4
REQUESTS = 5  # how many
ACTIVE = 6  # a bit for each target that is asked about
FRAME = 7

# What comes out: for each request `STRIDE + 2 · targets` words, then the wanted words.
COUNT = 0  # how many targets are permitted
IS_LATE = 1  # of the first request: whether the late runs were run
STRIDE = 2  # then the permitted targets, best first, and -1; then the scores by target
