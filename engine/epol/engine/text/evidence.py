"""What stands for and against a candidate: stopwords, entropy, checks, context."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

from epol.engine.bundle.exact import Found
from epol.engine.bundle.findings import ORIGINAL
from epol.engine.bundle.lazy import lazy
from epol.engine.bundle.textplan import DetectorPlan
from epol.engine.kernel.automaton_words import LUHN, MODULO_97, NO_SUM, VERHOEFF
from epol.engine.text.candidates import Judge, Verdict
from epol.engine.text.context import Context
from epol.engine.text.encoded import Encoded
from epol.engine.text.limits import Budget
from epol.engine.text.validators import Validator, validator
from epol.engine.text.words import ascii_of, is_any

_MOST_CONFIDENT = 100
_FEW = 64
"""Fewer different characters are counted one by one faster than all together; and the terms of
values that are no longer are kept."""

_SUMS = {"card": LUHN, "iban": MODULO_97, "in_aadhaar": VERHOEFF}
"""By validator, what it asks for among other things."""

_ACCEPTED, _REJECTED, _ELSEWHERE = Verdict.ACCEPTED, Verdict.REJECTED, Verdict.ELSEWHERE


def entropy_of(value: str) -> float:
    """Shannon's entropy of a value's characters, in bits a character."""
    if not value:
        return 0.0
    length = len(value)
    if length <= _FEW:
        return -sum(map(_terms(length).__getitem__, map(value.count, dict.fromkeys(value))))
    different = dict.fromkeys(value)
    counts = map(value.count, different) if len(different) < _FEW else Counter(value).values()
    return -sum(_term(count, length) for count in counts)


def _term(count: int, length: int) -> float:
    share = count / length
    return share * math.log2(share)


@cache
def _terms(length: int) -> tuple[float, ...]:
    """What a character adds that occurs so many times in a value of a length."""
    return (0.0, *(_term(count, length) for count in range(1, length + 1)))


class Detector:
    """A detector's plan, with what judging takes, compiled when it is first needed."""

    def __init__(self, plan: DetectorPlan) -> None:
        self.plan = plan
        self._is_checked_alone = not plan.stopwords and plan.entropy is None
        self._weighs = bool(plan.checks) or not self._is_checked_alone
        # Detectors that ask for nothing but the same checks say the same of a value.
        self._kept_as = ("", *plan.checks) if self._is_checked_alone else (plan.name,)
        self.needs_phrase = plan.score < plan.threshold
        """Whether its score alone is too low."""
        self._alone = min(plan.score, _MOST_CONFIDENT), ()
        self.around_spans = (
            (plan.label, plan.name),
            (self._alone[0], ORIGINAL, plan.checks, ()),
        )
        """What a `Finding` of it has before and behind its span, where nothing near it counts."""

    @lazy
    def contexts(self) -> tuple[Context, ...]:
        """The `near` groups."""
        return tuple(Context(near) for near in self.plan.near)

    @lazy
    def never_before(self) -> frozenset[str]:
        """The ASCII characters that may not stand before a match."""
        return ascii_of(self.plan.left)

    @lazy
    def never_behind(self) -> frozenset[str]:
        """The ASCII characters that may not stand behind a match."""
        return ascii_of(self.plan.right)

    @property
    def kept_as(self) -> tuple[str, ...] | None:
        """Under what `Budget.known` has what becomes of a value; None where nothing is asked."""
        return self._kept_as if self._weighs else None

    @property
    def sum_of(self) -> int:
        """The sum that holds for each value that is accepted (`kernel.sums`), if one is known.

        None where something would be asked of a value before it: what that rejects has no shorter
        match that may be accepted, and what no sum holds for has.
        """
        if not self._is_checked_alone:
            return NO_SUM
        return next((_SUMS[name] for name in self.plan.checks if name in _SUMS), NO_SUM)

    @lazy
    def _stripped(self) -> str:
        return "".join(self.never_behind)

    @lazy
    def _stopwords(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self.plan.stopwords)), re.IGNORECASE)

    @lazy
    def _plain_stopwords(self) -> tuple[str, ...] | None:
        """In small letters; None where some is not in ASCII."""
        words = tuple(word.lower() for word in self.plan.stopwords)
        return words if all(map(str.isascii, self.plan.stopwords)) else None

    @lazy
    def _checks(self) -> tuple[tuple[str, Validator], ...]:
        return tuple((name, validator(name)) for name in self.plan.checks)

    def judging(self, bounded: bool) -> Judge:
        """How a match of one of its expressions is judged, its confidence aside.

        `bounded` says that a match may not begin or end inside a word.
        """
        lefts, rights, weigh = self.never_before, self.never_behind, self.weigh
        if not (bounded or lefts or rights):
            return weigh

        def judge(encoded: Encoded, match: Found, budget: Budget) -> Verdict:
            start, end, _, _ = match
            text = encoded.text
            if bounded or not encoded.is_ascii:
                verdict = self._placed(encoded, start, end, bounded)
            elif start and text[start - 1] in lefts:
                verdict = _REJECTED
            else:
                verdict = _ELSEWHERE if text[end : end + 1] in rights else _ACCEPTED
            if verdict is not _ACCEPTED:
                budget.reject(end - start)
                return verdict
            return weigh(encoded, match, budget)

        return judge

    def weigh(self, encoded: Encoded, match: Found, budget: Budget) -> Verdict:
        """How a match is judged that stands where one may."""
        start, end, low, high = match
        if not self._weighs and low < high:
            return _ACCEPTED
        value = encoded.text[low:high] if encoded.is_ascii else encoded.data[low:high].decode()
        key = self._kept_as, value
        known: Verdict | None = budget.known.get(key)
        if known is None:
            verdict = budget.known[key] = self._weighed(value, budget)
            if verdict is not _ACCEPTED:
                budget.reject(end - start)
            return verdict
        if known is not _ACCEPTED:
            budget.reject(end - start, cheap=True)
        return known

    def _weighed(self, value: str, budget: Budget) -> Verdict:
        """What the value itself says, whatever stands around it."""
        if not value:
            return _REJECTED
        if self._is_checked_alone:
            for _, check in self._checks:
                if not check(value):
                    return _ELSEWHERE
            return _ACCEPTED
        plan, checked = self.plan, budget.checked
        if plan.stopwords and self._has_stopword(value):
            return _REJECTED
        if plan.entropy is not None:
            entropy = budget.entropies.get(value)
            if entropy is None:
                entropy = budget.entropies[value] = entropy_of(value)
            if entropy < plan.entropy:
                return _REJECTED
        for name, check in self._checks:
            key = name, value
            passes = checked.get(key)
            if passes is None:
                passes = checked[key] = check(value)
            if not passes:
                return _ELSEWHERE
        return _ACCEPTED

    def _has_stopword(self, value: str) -> bool:
        words = self._plain_stopwords
        if words is None or not value.isascii():
            return self._stopwords.search(value) is not None
        small = value.lower()
        for word in words:  # noqa: SIM110 (`any` takes twice as long)
            if word in small:
                return True
        return False

    def _placed(self, encoded: Encoded, start: int, end: int, bounded: bool) -> Verdict:
        """What becomes of a match for what stands beside it, in any text."""
        left, right = self.plan.left, self.plan.right
        if bounded and encoded.cuts_word(start):
            return _REJECTED
        if left and start > 0 and is_any(left, encoded.before(start)):
            return _REJECTED
        if right and end < len(encoded.data) and is_any(right, encoded.behind(end)):
            return _ELSEWHERE
        return _ELSEWHERE if bounded and encoded.cuts_word(end) else _ACCEPTED

    def last_end(self, encoded: Encoded, start: int, end: int) -> int:
        """What `candidates.LastEnd` asks, as far as a text in ASCII says it quickly."""
        text, never = encoded.text, self.never_behind
        if not encoded.is_ascii or text[end : end + 1] not in never:
            return end
        return max(start, start - 1 + len(text[start : end + 1].rstrip(self._stripped)))

    def regions(self, encoded: Encoded) -> list[tuple[int, int]] | None:
        """Bytes of a text that spans must touch to reach the threshold; None where all may.

        A span with too low a score needs a phrase near it.  Where there is none, nothing is
        searched for and no check is run.
        """
        if not self.needs_phrase:
            return None
        found = sorted(r for context in self.contexts for r in context.regions(encoded.lowered))
        merged: list[tuple[int, int]] = []
        for low, high in found:
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            else:
                merged.append((low, high))
        return merged if encoded.is_ascii else list(_in_bytes(encoded.text, merged))

    def confidence(self, encoded: Encoded, start: int, end: int) -> tuple[int, tuple[str, ...]]:
        """The confidence of a span in percent, and the phrases of the policy that added to it."""
        if not self.plan.near:
            return self._alone
        points, hits = self.plan.score, list[str]()
        for context in self.contexts:
            hit = context.hit(encoded.lowered, start, end)
            if hit is not None:
                points += context.near.adds
                hits.append(hit)
        return min(points, _MOST_CONFIDENT), tuple(hits)


def _in_bytes(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans in code points, which are in order and apart, as bytes of UTF-8."""
    at = offset = 0
    for start, end in spans:
        low = offset + len(text[at:start].encode("utf-8", "replace"))
        offset = low + len(text[start:end].encode("utf-8", "replace"))
        at = end
        yield low, offset
