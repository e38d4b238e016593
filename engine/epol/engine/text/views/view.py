"""A view, and the way back from it to the original."""

from __future__ import annotations

from dataclasses import dataclass

from epol.engine.text.views.maps import Map


@dataclass(frozen=True, slots=True)
class Step:
    """How a text was made: by what kind of step, from which text, and the map back.

    Without a map, offsets are the same there.
    """

    kind: str
    source: str
    back: Map | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the source that became a span of the text."""
        return self.back.span(start, end) if self.back else (start, end)


class View:
    """A text made from another by one step; the first of a chain is the original itself."""

    __slots__ = ("_steps", "text")

    def __init__(self, text: str, steps: tuple[Step, ...] = ()) -> None:
        """A text, and the steps back from it to the original."""
        self.text = text
        self._steps = steps

    def derived(self, kind: str, text: str, back: Map | None) -> View:
        """The view that a step makes from this one; without a map, offsets stay the same."""
        return View(text, (Step(kind, self.text, back), *self._steps))

    @property
    def kind(self) -> str:
        """What changed something on the way to this text, in order, joined by "+"."""
        return _joined([step.kind for step in self._steps])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The smallest span of the original that covers a span of this text, in code points.

        What was deleted at its inner places is covered, an escape or a group of an encoding
        is never cut, and a span that isn't empty never becomes empty. Raises `ValueError`
        for a span that isn't within the text.
        """
        if not 0 <= start <= end <= len(self.text):
            raise ValueError("the span is not within the text of the view")
        if start == end:
            return self._place(start)
        for step in self._steps:
            start, end = step.span(start, end)
        return start, end

    def kinds(self, start: int, end: int) -> str:
        """What changed this very span, in order, joined by "+"; `kind` if nothing did."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError("the span is empty, or not within the text of the view")
        kinds: list[str] = []
        text = self.text
        for step in self._steps:
            low, high = step.span(start, end)
            if text[start:end] != step.source[low:high]:
                kinds.append(step.kind)
            start, end, text = low, high, step.source
        return _joined(kinds) or self.kind

    def _place(self, at: int) -> tuple[int, int]:
        """An empty span: before the character that follows, or at the end."""
        if at < len(self.text):
            start = self.span(at, at + 1)[0]
        else:
            start = self.span(at - 1, at)[1] if at else 0
        return start, start


def _joined(kinds: list[str]) -> str:
    return "+".join(dict.fromkeys(reversed(kinds)))
