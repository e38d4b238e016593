"""What stands for and against a candidate: stopwords, entropy, checks, context."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import cast

from epol.engine.bundle.exact import Found
from epol.engine.bundle.lazy import lazy
from epol.engine.bundle.textplan import DetectorPlan
from epol.engine.text.candidates import Verdict
from epol.engine.text.context import Context
from epol.engine.text.encoded import Encoded
from epol.engine.text.limits import Budget
from epol.engine.text.validators import Validator, validator
from epol.engine.text.words import is_any

_MOST_CONFIDENT = 100
_FEW = 64
"""Fewer different characters are counted one by one faster than all together."""

_ACCEPTED, _REJECTED, _ELSEWHERE = Verdict.ACCEPTED, Verdict.REJECTED, Verdict.ELSEWHERE


def entropy_of(value: str) -> float:
    """Shannon's entropy of a value's characters, in bits a character."""
    if not value:
        return 0.0
    different = dict.fromkeys(value)
    counts = map(value.count, different) if len(different) < _FEW else Counter(value).values()
    shares = [count / len(value) for count in counts]
    return -sum(share * math.log2(share) for share in shares)


class Detector:
    """A detector's plan, with what judging takes, compiled when it is first needed."""

    def __init__(self, plan: DetectorPlan) -> None:
        self.plan = plan
        self._has_sides = bool(plan.left or plan.right)
        self._weighs = bool(plan.stopwords or plan.checks) or plan.entropy is not None
        self._needs_phrase = plan.score < plan.threshold
        self._alone = min(plan.score, _MOST_CONFIDENT), ()

    @lazy
    def contexts(self) -> tuple[Context, ...]:
        """The `near` groups."""
        return tuple(Context(near) for near in self.plan.near)

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

    def judge(self, bounded: bool, encoded: Encoded, match: Found, budget: Budget) -> Verdict:
        """Whether a match is a span, its confidence aside.  Raises `ScanLimitError`."""
        start, end, low, high = match
        if (bounded or self._has_sides) and not self._is_free(encoded, start, end, bounded):
            budget.reject(end - start)
            return _ELSEWHERE
        if low < high and not self._weighs:
            return _ACCEPTED
        value = encoded.data[low:high].decode()
        key = self.plan.name, value
        known = budget.known.get(key)
        if known is None:
            verdict = budget.known[key] = self._weighed(value, budget)
        else:
            verdict = cast(Verdict, known)
        if verdict is not _ACCEPTED:
            budget.reject(end - start, cheap=known is not None)
        return verdict

    def _weighed(self, value: str, budget: Budget) -> Verdict:
        """What the value itself says, whatever stands around it."""
        plan = self.plan
        if not value or (plan.stopwords and self._has_stopword(value)):
            return _REJECTED
        if plan.entropy is not None and entropy_of(value) < plan.entropy:
            return _REJECTED
        for name, check in self._checks:
            passes = budget.checked.get((name, value))
            if passes is None:
                passes = budget.checked[name, value] = check(value)
            if not passes:
                return _ELSEWHERE
        return _ACCEPTED

    def _has_stopword(self, value: str) -> bool:
        words = self._plain_stopwords
        if words is None or not value.isascii():
            return self._stopwords.search(value) is not None
        small = value.lower()
        return any(word in small for word in words)

    def _is_free(self, encoded: Encoded, start: int, end: int, bounded: bool) -> bool:
        """Whether what stands beside a match may stand there."""
        if bounded and encoded.cuts_word(start, end):
            return False
        left, right = self.plan.left, self.plan.right
        if left and start > 0 and is_any(left, encoded.before(start)):
            return False
        return not (right and end < len(encoded.data) and is_any(right, encoded.behind(end)))

    def regions(self, encoded: Encoded) -> list[tuple[int, int]] | None:
        """Bytes of a text that spans must touch to reach the threshold; None where all may.

        A span with too low a score needs a phrase near it.  Where there is none, nothing is
        searched for and no check is run.
        """
        if not self._needs_phrase:
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
