"""What the model of complexity sees of a prompt: some fifty numbers, from one pass over its words.

Training and running compute them by this one function, so that they cannot differ.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import log1p, sqrt
from statistics import fmean

LONGEST = 8000
"""Characters that are looked at: of a longer prompt, its first and last halves of this."""

LONG_WORD = 9
BIG_NUMBER = 2
"""A word of more letters is long, a number of more digits big."""

_ANSWER = re.compile(r"\n\s*Answer:\s*\Z")
_OPTION = re.compile(r"\n\s*[A-J][.)]\s+")
_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_CONTENT = re.compile(r"[^\W\d_]{3,}|\d{3,}")
_SENTENCE = re.compile(r"[.?!](?:\s|\Z)")
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_CODE = re.compile(r"\bdef |\breturn\b|;\n|\{\n|::|==")
_NUMERIC_OPTION = re.compile(r"[\W\d]*\d[\d\W]*\w{0,3}")
_SYMBOLS = "=+*/^<>\\$%|{}()"
_QUOTES = '"\u201c\u201d'

_WORDS: dict[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "negations": "not no never none except least without cannot nor neither incorrect false",
        "logic": "if then all some each every only unless either or therefore because assume "
        "suppose given let prove whether implies",
        "comparing": "more less than greater fewer twice half times increase decrease per each "
        "total remaining left ratio percent average rest difference",
        "hypothetical": "would could might should may likely if were suppose best most",
        "defining": "called known term defined refers definition named means",
        "first_person": "i my me we our us mine",
        "third_person": "he she his her him they their them",
        "causal": "because since therefore thus hence so due cause caused causes result results",
        "time": "before after then when while during until now day days week month year years hour",
        "function": "the of to a in and that is for on with as by at from it an be this are was",
    }.items()
}
_SHOUTED = frozenset({"NOT", "EXCEPT", "LEAST", "BEST", "MOST"})
_HEDGES = ("none of the", "all of the", "both ", "cannot be determined")
_ASKING = ("what", "which", "who", "why", "how", "when", "where")

NAMES: tuple[str, ...] = (
    *"characters words question_characters sentences sentence_length longest_sentence".split(),
    *"numbers number_share big_numbers symbols equals quotes commas".split(),
    *"capitals word_length long_words distinct single_letters shouted".split(),
    *"options option_length option_spread option_overlap question_overlap numeric_options".split(),
    *"blank colon_end question_end lines year code".split(),
    *"statements none_of_the_above which_of_the_following".split(),
    *_WORDS,
    *_ASKING,
)
"""The features, in order."""


def features(prompt: str) -> list[float]:
    """The numbers for a prompt, in the order of `NAMES`.  Lengths and counts are log(1 + n)."""
    text = shortened(prompt)
    question, *options = _OPTION.split(_ANSWER.sub("", text))
    words = _WORD.findall(text)
    low = list(map(str.lower, words))
    counts = Counter(low)
    return [
        *_size(prompt, question, len(words)),
        *_figures(text, len(words)),
        *_wording(words, counts),
        *_choice(question, options),
        *_form(text, question),
        *(
            log1p(sum(counts[each] for each in listed & counts.keys()))
            for listed in _WORDS.values()
        ),
        *(float(each in counts) for each in _ASKING),
    ]


def shortened(prompt: str) -> str:
    """A prompt of at most `LONGEST` characters: the middle of a longer one is left out."""
    if len(prompt) <= LONGEST:
        return prompt
    half = LONGEST // 2
    return f"{prompt[:half]}\n{prompt[-half:]}"


def _size(prompt: str, question: str, words: int) -> Iterable[float]:
    sentences = [len(each) for each in _SENTENCE.split(question)]
    ended = len(sentences) - 1
    lengths = len(question) / max(ended, 1), max(sentences)
    return map(log1p, (len(prompt), words, len(question), ended, *lengths))


def _figures(text: str, words: int) -> Iterable[float]:
    numbers = _NUMBER.findall(text)
    big = sum(len(each) > BIG_NUMBER for each in numbers)
    return (
        log1p(len(numbers)),
        len(numbers) / (len(numbers) + words or 1),
        log1p(big),
        log1p(sum(map(text.count, _SYMBOLS))),
        float("=" in text),
        log1p(sum(map(text.count, _QUOTES))),
        log1p(text.count(",")),
    )


def _wording(words: Sequence[str], counts: Mapping[str, int]) -> Iterable[float]:
    count = len(words) or 1
    lengths = list(map(len, words))
    return (
        sum(each[0].isupper() for each in words) / count,
        sum(lengths) / count,
        sum(each > LONG_WORD for each in lengths) / count,
        len(counts) / count,
        lengths.count(1) / count,
        float(sum(map(words.count, _SHOUTED))),
    )


def _choice(question: str, options: Sequence[str]) -> Iterable[float]:
    if not options:
        return [0.0] * 6
    lengths = [len(each) for each in options]
    asked = _content(question)
    chosen = [_content(each) for each in options]
    return (
        float(len(options)),
        log1p(fmean(lengths)),
        log1p(sqrt(fmean([(each - fmean(lengths)) ** 2 for each in lengths]))),
        fmean([len(a & b) / (len(a | b) or 1) for a, b in pairwise(chosen)] or [0.0]),
        fmean([len(each & asked) / (len(each) or 1) for each in chosen]),
        fmean([bool(_NUMERIC_OPTION.fullmatch(each.strip())) for each in options]),
    )


def _form(text: str, question: str) -> Iterable[float]:
    lower, stripped = text.lower(), question.rstrip()
    return (
        float("_" in text),
        float(stripped.endswith(":")),
        float(stripped.endswith("?")),
        log1p(question.count("\n")),
        float(_YEAR.search(text) is not None),
        float(_CODE.search(text) is not None),
        float("statement 1" in lower or "statement i" in lower),
        float(any(each in lower for each in _HEDGES)),
        float("which of the following" in lower),
    )


def _content(text: str) -> set[str]:
    """The words of three letters or more."""
    return set(_CONTENT.findall(text.lower()))
