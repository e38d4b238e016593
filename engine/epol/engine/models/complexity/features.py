"""What the model of complexity sees of a prompt: some fifty numbers, from one pass over its words.

Training and running compute them by this one function, so that they cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import log1p
from statistics import fmean, pstdev

LONGEST = 8000
"""Characters that are looked at: of a longer prompt, its first and last halves of this."""

LONG_WORD = 9
BIG_NUMBER = 2
"""A word of more letters is long, a number of more digits big."""

_ANSWER = re.compile(r"\n\s*Answer:\s*\Z")
_OPTION = re.compile(r"\n\s*[A-J][.)]\s+")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*|[^\w\s]|_+")
_SENTENCE = re.compile(r"[.?!](?:\s|\Z)")
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_CODE = re.compile(r"\bdef |\breturn\b|;\n|\{\n|::|==")
_NUMERIC_OPTION = re.compile(r"[\W\d]*\d[\d\W]*\w{0,3}")
_SYMBOLS = frozenset("=+*/^<>\\$%|{}()")
_QUOTES = frozenset("\"\u201c\u201d")

_WORDS: dict[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "negations": "not no never none except least without cannot nor neither incorrect false",
        "logic": "if then all some each every only unless either or therefore because assume suppose "
        "given let prove whether implies",
        "comparing": "more less than greater fewer twice half times increase decrease per each total "
        "remaining left ratio percent average rest difference",
        "hypothetical": "would could might should may likely if were suppose best most",
        "defining": "called known term defined refers definition named means",
        "first_person": "i my me we our us mine",
        "third_person": "he she his her him they their them",
        "causal": "because since therefore thus hence so due cause caused causes result results",
        "time": "before after then when while during until now day days week month year years hour",
        "function": "the of to a in and that is for on with as by at from it an be this are was",
    }.items()
}
_ASKING = ("what", "which", "who", "why", "how", "when", "where")

NAMES: tuple[str, ...] = (
    "characters words question_characters sentences sentence_length numbers number_share "
    "big_numbers symbols equals capitals word_length long_words distinct single_letters quotes "
    "commas options option_length option_spread option_overlap question_overlap numeric_options "
    "blank colon_end question_end lines statements year code none_of_the_above shouted "
    "which_of_the_following longest_sentence".split()  # type: ignore[assignment]
)
NAMES = (*NAMES, *_WORDS, *_ASKING)
"""The features, in order."""


def features(prompt: str) -> list[float]:
    """The numbers for a prompt, in the order of `NAMES`.  Lengths and counts are log(1 + n)."""
    text = shortened(prompt)
    question, *options = _OPTION.split(_ANSWER.sub("", text))
    tokens = _TOKEN.findall(text)
    words = [each for each in tokens if each[0].isalpha()]
    numbers = [each for each in tokens if each[0].isdigit()]
    marks = [each for each in tokens if not each[0].isalnum()]
    low = [each.lower() for each in words]
    distinct = set(low)
    count, tokens_count = len(words) or 1, len(tokens) or 1
    sentences = [len(each) for each in _SENTENCE.split(question)]
    stripped, lower = question.rstrip(), text.lower()
    asked = set(_lowered(question))
    chosen = [set(_lowered(each)) for each in options]
    lengths = [len(each) for each in options] or [0]
    values = [
        log1p(len(prompt)),
        log1p(len(words)),
        log1p(len(question)),
        log1p(len(sentences) - 1),
        log1p(len(question) / max(len(sentences) - 1, 1)),
        log1p(len(numbers)),
        len(numbers) / tokens_count,
        log1p(sum(len(each) > BIG_NUMBER for each in numbers)),
        log1p(sum(each in _SYMBOLS for each in marks)),
        float("=" in text),
        sum(each[0].isupper() for each in words) / count,
        sum(map(len, words)) / count,
        sum(len(each) > LONG_WORD for each in words) / count,
        len(distinct) / count,
        sum(len(each) == 1 for each in words) / count,
        log1p(sum(each in _QUOTES for each in marks)),
        log1p(marks.count(",")),
        float(len(options)),
        log1p(fmean(lengths)),
        log1p(pstdev(lengths)),
        _overlap(chosen),
        fmean([len(each & asked) / (len(each) or 1) for each in chosen] or [0.0]),
        fmean([bool(_NUMERIC_OPTION.fullmatch(each.strip())) for each in options] or [0.0]),
        float("_" in text),
        float(stripped.endswith(":")),
        float(stripped.endswith("?")),
        log1p(question.count("\n")),
        float("statement 1" in lower or "statement i" in lower),
        float(_YEAR.search(text) is not None),
        float(_CODE.search(text) is not None),
        float(_has(lower, ("none of the", "all of the", "both ", "cannot be determined"))),
        float(sum(each in {"NOT", "EXCEPT", "LEAST", "BEST", "MOST"} for each in words)),
        float("which of the following" in lower),
        log1p(max(sentences)),
    ]
    values += [log1p(sum(each in listed for each in low)) for listed in _WORDS.values()]
    values += [float(each in distinct) for each in _ASKING]
    return values


def shortened(prompt: str) -> str:
    """A prompt of at most `LONGEST` characters: the middle of a longer one is left out."""
    if len(prompt) <= LONGEST:
        return prompt
    half = LONGEST // 2
    return f"{prompt[:half]}\n{prompt[-half:]}"


def _lowered(text: str) -> Iterable[str]:
    return (each.lower() for each in _TOKEN.findall(text) if len(each) > 2)  # noqa: PLR2004


def _overlap(options: Sequence[set[str]]) -> float:
    """How much of their words two neighbouring options share, on average."""
    pairs = zip(options, options[1:], strict=False)
    return fmean([len(a & b) / (len(a | b) or 1) for a, b in pairs] or [0.0])


def _has(text: str, phrases: Iterable[str]) -> bool:
    return any(each in text for each in phrases)
