"""A policy's detectors and text signals as the plan that the scanner runs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from epol.compiler.emit.models import model_detectors
from epol.compiler.patterns import alternation, compile_pattern, literal
from epol.compiler.patterns.known import known
from epol.compiler.patterns.needs import trigger_of
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.tree import Node, Sequence
from epol.compiler.patterns.width import byte_width
from epol.compiler.patterns.write import for_exact, for_hyperscan
from epol.engine.bundle.textplan import DetectorPlan, Near, Regex, SignalPlan, TextPlan
from epol.lang.literals import MILLION
from epol.lang.model import DetectorInfo, PatternInfo, Policy, TextSignal, WordsInfo

_LONGEST_LIST = 2000
"""Characters of one expression that is made of words."""


def text_plan(policy: Policy) -> TextPlan:
    """The plan of a policy.  `similarity` is not in it."""
    return TextPlan(
        tuple(_detector(info) for info in policy.detectors if info.model is None),
        tuple(
            SignalPlan(info.name, info.text.function, tuple(_sought(info.text)), info.text.roles)
            for info in policy.inputs.values()
            if info.text is not None and info.text.what is not None
        ),
        model_detectors(policy),
    )


def _detector(info: DetectorInfo) -> DetectorPlan:
    return DetectorPlan(
        info.name,
        info.label,
        tuple(regex for what in sought(info) for regex in regexes(what)),
        score=info.score,
        threshold=info.threshold,
        near=tuple(Near(near.phrases, near.within, near.adds) for near in info.near),
        checks=info.checks,
        stopwords=info.stopwords,
        entropy=None if info.entropy is None else info.entropy / MILLION,
        left=info.left,
        right=info.right,
    )


def sought(info: DetectorInfo) -> tuple[PatternInfo | WordsInfo, ...]:
    """What a detector looks for: its patterns, then its word lists."""
    return (*info.patterns, *info.words)


def nodes_of(info: DetectorInfo) -> Iterator[Node]:
    """The trees of a detector's patterns, and of its word lists."""
    for pattern in info.patterns:
        yield parse(pattern.regex, pattern.flags)
    for words in info.words:
        yield alternation([_phrase(word, words.nocase) for word in words.words])


def _sought(signal: TextSignal) -> Iterator[Regex]:
    return iter(()) if signal.what is None else regexes(signal.what)


def regexes(what: PatternInfo | WordsInfo) -> Iterator[Regex]:
    """The expressions of a pattern (one) or of a word list (some)."""
    if isinstance(what, PatternInfo):
        yield regex(what.regex, what.flags)
        return
    for chunk in _chunks(what.words):
        yield word_regex(chunk, what.nocase)


def _chunks(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Words in groups that make an expression of bearable size."""
    chunk, length = list[str](), 0
    for word in dict.fromkeys(words):
        if chunk and length + len(word) > _LONGEST_LIST:
            yield tuple(chunk)
            chunk, length = [], 0
        chunk.append(word)
        length += len(word) + 1
    if chunk:
        yield tuple(chunk)


@lru_cache(maxsize=8192)
def word_regex(words: tuple[str, ...], nocase: bool) -> Regex:
    """Words or phrases as they stand; a space in one stands for any run of white space.

    Nothing in them is to be relaxed, so gate and exact form are the same.
    """
    node = alternation([_phrase(word, nocase) for word in words])
    return Regex(for_hyperscan(node), for_exact(node), byte_width(node), True, trigger_of(node))


def _phrase(text: str, nocase: bool) -> Node:
    parts = text.split() or [text]
    nodes = [literal(parts[0], nocase)]
    for part in parts[1:]:
        nodes += [_WHITE, literal(part, nocase)]
    return Sequence(0, 0, tuple(nodes))


_WHITE = parse(r"\s+", "")


@lru_cache(maxsize=8192)
def regex(text: str, flags: str) -> Regex:
    """A regular expression that `check` has accepted, in the scanner's two forms."""
    form = known(text, flags)
    if form is not None:
        return Regex(form.gate, form.exact, form.max_bytes, needs=form.needs)
    compiled = compile_pattern(text, flags)
    needs = trigger_of(compiled.node)
    return Regex(compiled.gate, compiled.exact, compiled.max_bytes, needs=needs)
