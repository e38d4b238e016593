"""What stands near a span: the phrases of a `near` group."""

from __future__ import annotations

import re
from collections.abc import Iterator

from epol.engine.bundle.textplan import Near
from epol.engine.text.words import is_word

_SLACK = 16
"""White space in a phrase may be longer than it is written."""

# The one capital whose small form has two characters, which would move all offsets.
_DOTTED_I = "\u0130"


def lowered(text: str) -> str:
    """A text in small letters, character by character."""
    return (text.replace(_DOTTED_I, "i") if _DOTTED_I in text else text).lower()


class _Phrase:
    """A phrase in small letters; a space in it stands for any run of white space."""

    def __init__(self, text: str) -> None:
        first, *rest = lowered(text).split() or [lowered(text)]
        self.first = first
        self.rest = re.compile("".join(rf"\s+{re.escape(word)}" for word in rest)) if rest else None
        self.is_word_first, self.is_word_last = is_word(text[0]), is_word(text[-1])

    def places(
        self, text: str, start: int, end: int, edges: tuple[int, int]
    ) -> Iterator[tuple[int, int]]:
        """Where it stands in [start, end) of a lowered text, at word boundaries.

        `edges` are boundaries whatever stands there: of the text, or of the span.
        """
        at = text.find(self.first, start, end)
        while at >= 0:
            behind: int | None = at + len(self.first)
            if self.rest is not None:
                match = self.rest.match(text, at + len(self.first), end)
                behind = match.end() if match else None
            if behind is not None and not self._is_cut(text, at, behind, edges):
                yield at, behind
            at = text.find(self.first, at + 1, end)

    def _is_cut(self, text: str, at: int, behind: int, edges: tuple[int, int]) -> bool:
        if self.is_word_first and at > edges[0] and is_word(text[at - 1]):
            return True
        return self.is_word_last and behind < edges[1] and is_word(text[behind])


class Context:
    """One `near` group, ready to be looked for."""

    def __init__(self, near: Near) -> None:
        self.near = near
        phrases = [(_Phrase(text), text) for text in near.phrases]
        self._phrases = [(phrase.first, phrase, text) for phrase, text in phrases]
        firsts = {phrase.first for phrase, _ in phrases}
        # Where no shorter word is, no longer one with it is.
        self._roots = sorted(
            first for first in firsts if not any(other in first for other in firsts - {first})
        )
        self._ascii_roots = [root for root in self._roots if root.isascii()]
        self.margin = near.within + max(map(len, near.phrases)) + _SLACK

    def _roots_of(self, text: str) -> list[str]:
        """Without one of these, none of the phrases is in a text."""
        return self._ascii_roots if text.isascii() else self._roots

    def regions(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a span must at least touch to have a phrase near it, in a lowered text.

        Some more than that, so that few regions say it.
        """
        for root in self._roots_of(text):
            at = text.find(root)
            while at >= 0:
                behind = at + self.margin
                yield max(0, at - self.margin), min(len(text), behind + self.margin)
                at = text.find(root, behind)

    def hit(self, text: str, start: int, end: int) -> str | None:
        """The phrase, as the policy has it, that stands near [start, end) of a lowered text.

        It stands on either side, at most `within` characters away, and shares none with it.
        """
        low, high = max(0, start - self.margin), min(len(text), end + self.margin)
        before, behind, within = (0, start), (end, len(text)), self.near.within
        window = text[low:high]
        for root in self._roots_of(window):
            if root in window:
                break
        else:
            return None
        for first, phrase, shown in self._phrases:
            if first not in window:
                continue
            if any(start - b <= within for _, b in phrase.places(text, low, start, before)):
                return shown
            if any(a - end <= within for a, _ in phrase.places(text, end, high, behind)):
                return shown
        return None
