"""The chain of views of a text."""

from __future__ import annotations

from typing import NamedTuple

from epol.engine.text.views import escapes
from epol.engine.text.views._arrays import fold
from epol.engine.text.views.base64s import base64_edits, has_unread_run
from epol.engine.text.views.composed import composed_edits
from epol.engine.text.views.hexes import hex_edits
from epol.engine.text.views.maps import Edit, Map, rewrite
from epol.engine.text.views.spelled import spelled_edits
from epol.engine.text.views.triggers import Hints, hints
from epol.engine.text.views.view import View

MAX_ROUNDS = 4
"""Rounds of folding, unescaping and decoding; what still decodes after them is opaque."""

MAX_GROWTH, MAX_EXTRA = 4, 4096
"""A view has at most so many characters for each of the original, and so many more."""

MIN_PIECES, MAX_PIECES = 20_000, 500_000
"""A step may edit a text in one place for every four characters of the original, but in no
fewer than the first number of places and in no more than the second."""


class Views(NamedTuple):
    """The views of a text, without the text itself."""

    views: tuple[View, ...]
    opaque: int
    """1 if something is encoded too deep to follow, would grow too large, or holds no text (an
    image, a file); else 0."""


_NONE = Views((), 0)


def derive(text: str, known: Hints) -> Views:
    """The views of a text of which it is known which triggers occur in it."""
    return _Derivation(text).result(known) if any(known) else _NONE


def undone(text: str) -> View:
    """The text as it reads once everything is undone; the text itself where nothing is."""
    known = hints(text)
    return _Derivation(text).last(known) if any(known) else View(text)


class _State(NamedTuple):
    """A view, and what occurs in it."""

    view: View
    known: Hints


class _Derivation:
    """The work on one text. Steps raise `OverflowError` where a bound is passed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._most = MAX_GROWTH * len(text) + MAX_EXTRA
        self._pieces = min(max(MIN_PIECES, len(text) // 4), MAX_PIECES)
        self._views: list[View] = []
        self._as_digits: View | None = None
        self._by_line: View | None = None
        self._folded: View | None = None
        self._noise: set[bytes] = set()
        # Folded between, as what stands in a run is often what an escape held.
        self._runs = (self._unhex, self._fold, self._unbase)

    def result(self, known: Hints) -> Views:
        """All views."""
        opaque = self._follow(_State(View(self._text), known))
        opaque |= (known.base64 or known.hex) and has_unread_run(self._last())
        if known.non_ascii:
            opaque |= self._read_otherwise()
        if self._as_digits is not None:
            # A chain of its own, as what is encoded may hold the letters or the digits.
            view = self._as_digits
            self._views.append(view)
            opaque |= self._follow(_State(view, hints(view.text)))
        if self._by_line is not None:
            # Lines of base64 below each other are one text, or one each.
            view = self._by_line
            self._views.append(view)
            opaque |= self._follow(_State(view, hints(view.text)))
        return Views(tuple(self._views), int(opaque))

    def last(self, known: Hints) -> View:
        """The last view of the first chain."""
        self._follow(_State(View(self._text), known))
        return self._views[-1] if self._views else View(self._text)

    def _read_otherwise(self) -> bool:
        """Add chains with what folding deletes taken for text; True if there would be more.

        Marks on ASCII letters and characters that no one sees are a disguise, or are meant.
        """
        opaque = False
        beyond = self._text.encode("utf-8", "replace").translate(None, _ASCII)
        for kind, find in (("composed", composed_edits), ("spelled", spelled_edits)):
            edits = find(self._text, beyond)
            if len(edits) > self._pieces:
                return True
            if edits:
                view = View(self._text).derived(kind, *rewrite(self._text, edits))
                self._views.append(view)
                opaque |= self._follow(_State(view, hints(view.text)))
        return opaque

    def _last(self) -> str:
        return self._views[-1].text if self._views else self._text

    def _follow(self, state: _State) -> bool:
        """Add the views that come after one; True if there would be more."""
        try:
            for _ in range(MAX_ROUNDS):
                before = state.view
                if not any(state.known):
                    return False
                state = self._unescaped(state)
                for step in self._runs:
                    state = self._added(state, step(state))
                if state.view is before:
                    return False
            state = self._unescaped(state)
            return any(step(state) is not state for step in self._runs)
        except OverflowError:
            return True

    def _unescaped(self, state: _State) -> _State:
        """Fold and unescape until nothing changes: what is still escaped may look like a run.

        In `%2525…`, for one, there are digits of hex, but they are none.
        """
        if not any(state.known[:_RUNS]):
            return state
        for _ in range(MAX_ROUNDS):
            before = state.view
            for step in (self._fold, self._unescape):
                state = self._added(state, step(state))
            if state.view is before:
                return state
        state = self._added(state, self._fold(state))
        if self._unescape(state) is not state:
            raise OverflowError
        return state

    def _added(self, before: _State, after: _State) -> _State:
        if after is not before:
            if len(after.view.text) > self._most:
                raise OverflowError
            self._views.append(after.view)
        return after

    def _fold(self, state: _State) -> _State:
        view, known = state
        if view is self._folded or not (known.non_ascii or known.controls):
            return state
        self._folded = view
        folded = fold(view.text, self._most)
        if folded is None:
            return state
        if folded.digits is not None and self._as_digits is None:
            self._as_digits = view.derived("folded", folded.digits, folded.back)
        # What is far from the changes is known.
        near = hints(folded.near)
        self._folded = view.derived("folded", folded.text, folded.back)
        return _State(
            self._folded,
            Hints(
                False, False, *(one or two for one, two in zip(known[2:], near[2:], strict=True))
            ),
        )

    def _unescape(self, state: _State) -> _State:
        for kind, pattern, decode in _ESCAPES:
            if not getattr(state.known, kind):
                continue
            step = escapes.unescape(state.view.text, pattern, decode, self._pieces)
            if step is not None:
                state = _next(state.view, kind, *step)
        return state

    def _unhex(self, state: _State) -> _State:
        if not state.known.hex:
            return state
        return self._edited(state, "hex", hex_edits(state.view.text, self._noise))

    def _unbase(self, state: _State) -> _State:
        if not state.known.base64:
            return state
        text = state.view.text
        edits, in_lines = base64_edits(text, self._noise)
        if in_lines and self._by_line is None:
            single = base64_edits(text, self._noise, by_line=True).edits
            if len(single) > self._pieces:
                raise OverflowError
            self._by_line = state.view.derived("base64", *rewrite(text, single))
        return self._edited(state, "base64", edits)

    def _edited(self, state: _State, kind: str, edits: list[Edit]) -> _State:
        if not edits:
            return state
        if len(edits) > self._pieces:
            raise OverflowError
        return _next(state.view, kind, *rewrite(state.view.text, edits))


_ASCII = bytes(range(128))
_RUNS = Hints._fields.index("base64")
"""In hints, runs come behind what is folded and escapes."""

_ESCAPES = (
    ("json", escapes.JSON, escapes.json),
    ("percent", escapes.PERCENT, escapes.percent),
    ("html", escapes.HTML, escapes.html),
)


def _next(view: View, kind: str, text: str, back: Map) -> _State:
    return _State(view.derived(kind, text, back), hints(text))
