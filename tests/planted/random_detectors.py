"""Random pairs of small detectors, for which short texts of five characters are enough.

No pattern or word is longer than three characters, and a boundary looks at one more on each
side: what two of them find within each other, they find in a text of five.  A class that takes
any of the five characters takes others like one of them: a second digit, for `1` is also in
stopwords, and no second letter, for no capital and no small letter is.  `-` is part of no word.
"""

from functools import cache
from itertools import product
from random import Random

LETTERS = ("E", "1", "2", "a", "-")
LONGEST = 5
PATTERNS = (
    "/E1/", "/E[0-9]/", "/[0-9]{2}/", "/1a?/", "/[a-z]/", "/a1E?/", "/(?:E|a)1/",
    "/[A-Z][a-z]/", "/E[^E]/", "/1[0-9]?a/", "/a{2,3}/", "/E(?P<value>1)/", "/11|aa/",
)  # fmt: skip
WORDS = ('"E1"', '"a1", "1a"', '"aa"', '"E", "a"')
OPTIONS = (
    "left not digit", "left not letter", "right not digit", "right not word", 'stopwords "E1"',
    'stopwords "11"', "score 40", "score 60  threshold 60",
)  # fmt: skip


def random_detectors(seed: int) -> str:
    """A policy with two detectors, whose labels are treated differently or not."""
    rng = Random(seed)
    lines = ['policy random version "1"', "target t { at local }", "label l.a", "label l.b"]
    for name in ("a", "b"):
        what = [f"match {rng.choice(PATTERNS)}"]
        if rng.random() < 0.3:
            what = [f"words {rng.choice(WORDS)}"]
        what += rng.sample(OPTIONS, rng.choice((0, 0, 1, 1, 2)))
        if sum(option.startswith("score") for option in what) > 1:
            what = what[:1]
        lines.append(f"detector d{name} -> l.{name} {{ {'  '.join(what)} }}")
    lines.append("rule one { redact l.a }")
    lines.append(
        rng.choice(("rule two { mask l.b }", "rule two { mask l.b }", "rule two { redact l.b }"))
    )
    return "\n".join(lines) + "\n"


@cache
def short_texts() -> tuple[str, ...]:
    """All texts that are tried."""
    lengths = range(1, LONGEST + 1)
    return tuple("".join(text) for n in lengths for text in product(LETTERS, repeat=n))
