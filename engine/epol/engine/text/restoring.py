r"""Tokens back to originals, whole texts and streams, as models write them.

Read as the token `[phi.mrn:kzvtqhwjgmrxplns]` is, besides itself, what models make of it:

- its label or letters in capitals: `[PHI.MRN:KZVTQHWJGMRXPLNS]`;
- up to `SPACES` spaces, tabs, line ends or no-break spaces inside the brackets and around the
  colon: `[ phi.mrn : kzvtqhwjgmrxplns ]`;
- brackets, and underscores of the label, escaped as in Markdown: `\[phi.lab\_no:…\]`;
- no brackets, or only one of them (which then stays), where the label is one of those that were
  named before and nothing else is glued to it: `phi.mrn:kzvtqhwjgmrxplns`.

The letters must name a value of this session, and the label must be the one it has there.
Everything else stays as it is, and is counted if it looks like a token.  What is restored is
not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import NamedTuple, Protocol

from epol.engine.text.treatments.tokens import LENGTH, LETTERS, MAX_LABEL

SPACES = 4
"""Most white space at one place of a token."""

LEAST, MOST = 8, 32
"""So many letters between a colon and a closing bracket look like a token, whole or cut."""

MAX_HELD = 2 + MAX_LABEL + 1 + MOST + 2 + 4 * SPACES
"""Most characters of a stream that are held back; the white space stands at four places."""

_SPACE = f"[ \\t\\r\\n\u00a0]{{0,{SPACES}}}"
_LETTER = f"[{LETTERS}{LETTERS.upper()}]"
_IN_LABEL = r"[A-Za-z0-9._\\]"
_LABEL = rf"[A-Za-z]{_IN_LABEL}{{0,{MAX_LABEL - 1}}}"

# A colon is rare, so the search begins there and goes both ways.  What stands before it is read
# backwards: no part of a text is then read from more than one place.
_CORE = re.compile(rf":{_SPACE}(?P<letters>{_LETTER}{{{LEAST},{MOST}}})(?!{_LETTER})")
_BEFORE = re.compile(
    rf"{_SPACE}(?P<label>{_IN_LABEL}{{0,{MAX_LABEL - 1}}}[A-Za-z])(?P<open>{_SPACE}\[\\?)?"
)
_BEHIND = re.compile(rf"{_SPACE}\\?\]")
_REACH = 2 * SPACES + MAX_LABEL + 2

# Beginnings of a token: with its bracket, and without one, backwards.
_BEGUN = re.compile(
    rf"\[{_SPACE}(?:{_LABEL}{_SPACE}"
    rf"(?::{_SPACE}(?:{_LETTER}{{1,{LEAST - 1}}}|{_LETTER}{{{LEAST},{MOST}}}{_SPACE}\\?)?)?)?"
)
_WITH_COLON = re.compile(rf"{_LETTER}{{0,{LENGTH}}}{_SPACE}:{_SPACE}({_IN_LABEL}{{1,{MAX_LABEL}}})")
_WITH_SPACE = re.compile(rf"{_SPACE}({_IN_LABEL}{{1,{MAX_LABEL}}})")


class SessionTokens(Protocol):
    """What restoring needs of a session."""

    def value(self, letters: str) -> tuple[str, str] | None:
        """Label and original of the value that the letters name; None if they name none."""
        ...


class Original(NamedTuple):
    """An original in a restored text: its label, and characters `start` up to `end`."""

    label: str
    start: int
    end: int


def moved(original: Original, by: int) -> Original:
    """An original so many characters further on."""
    return original._replace(start=original.start + by, end=original.end + by)


class Restored(NamedTuple):
    """A text with its tokens turned back.

    `restored` counts them, and `unknown` what looks like a token and stayed as it is.
    """

    text: str
    restored: int
    unknown: int


def as_it_stands(original: str) -> str:
    """An original as it is inserted into plain text."""
    return original


def looks_like_token(text: str) -> bool:
    """Whether something in a whole text may be a token; if not, restoring changes nothing."""
    return _CORE.search(text) is not None


def restore(
    text: str,
    tokens: SessionTokens,
    labels: Collection[str] = (),
    escape: Callable[[str], str] = as_it_stands,
) -> Restored:
    """A whole text with the session's tokens turned back; see `Restorer`."""
    if not looks_like_token(text):
        return Restored(text, 0, 0)
    restorer = Restorer(tokens, labels, escape)
    whole = restorer.feed(text) + restorer.finish()
    return Restored(whole, restorer.restored, restorer.unknown)


class Restorer:
    """Restores a text that comes in pieces, however it is cut.

    `labels` are those whose tokens are known without their brackets.  `escape` is what an
    original goes through before it is inserted: where the text is the source of something
    (JSON, say), the original must be written as it is written there.

    At most `MAX_HELD` characters are held back, and only what may be a token's beginning.
    """

    def __init__(
        self,
        tokens: SessionTokens,
        labels: Collection[str] = (),
        escape: Callable[[str], str] = as_it_stands,
    ) -> None:
        self.restored = 0
        self.unknown = 0
        self.originals: list[Original] = []
        """Those in what `feed` or `finish` gave last."""
        self._tokens, self._escape = tokens, escape
        self._names = _names(frozenset(labels))
        self._last = self._held = ""

    @property
    def held(self) -> int:
        """How many characters are held back."""
        return len(self._held)

    def feed(self, text: str) -> str:
        """What may be handed on now that some more of the text is known."""
        if not text:
            self.originals = []
            return ""
        return self._read(text, is_end=False)

    def finish(self) -> str:
        """What was held back: the text has ended."""
        return self._read("", is_end=True)

    def _read(self, more: str, *, is_end: bool) -> str:
        """Everything before what may still become a token; one character is kept beside it."""
        text, begin = self._last + self._held + more, len(self._last)
        hold = len(text) if is_end else self._pending(text, begin)
        done, parts, size = begin, list[str](), 0
        self.originals = []
        for core in _CORE.finditer(text, begin):
            if core.start() >= hold:
                break
            found = self._found(text, core, done)
            if found is not None:
                start, end, label, value = found
                original = self._escape(value)
                parts += text[done:start], original
                size += start - done + len(original)
                self.originals.append(Original(label, size - len(original), size))
                done = end
        parts.append(text[done:hold])
        self._last, self._held = ("", "") if is_end else (text[:hold][-1:], text[hold:])
        return "".join(parts)

    def _found(self, text: str, core: re.Match[str], done: int) -> tuple[int, int, str, str] | None:
        """Where a token stands around a colon with letters, its label and its original."""
        low = max(done, core.start() - _REACH)
        before = _BEFORE.match(text[low : core.start()][::-1])
        if before is None:
            return None
        behind = _BEHIND.match(text, core.end())
        label = _plain(before["label"][::-1])
        if before["open"] and behind:
            start = core.start() - before.end()
            end = behind.end()
            if text[start] == "\\" and _follows_backslash(text, start):
                start += 1
        else:
            start, end = core.start() - before.end("label"), core.end()
            if not self._is_bare(text, label, core["letters"], start, end):
                return None
        known = self._tokens.value(core["letters"].lower())
        if known is None or known[0] != label:
            self.unknown += 1
            return None
        self.restored += 1
        return start, end, *known

    def _is_bare(self, text: str, label: str, letters: str, start: int, end: int) -> bool:
        """Whether this is a token that has lost a bracket, or both."""
        if label not in self._names.whole or len(letters) != LENGTH:
            return False
        return _may_begin(text, start) and not (end < len(text) and _is_word(text[end]))

    def _pending(self, text: str, begin: int) -> int:
        """Where what may still become a token begins; the end of the text if nothing may."""
        size = len(text)
        hold = size
        start = text.rfind("[", max(begin, size - MAX_HELD))
        if start >= 0 and _BEGUN.fullmatch(text, start):
            hold = start
        if self._names.whole:
            hold = min(hold, self._bare_beginning(text, begin))
        escaped = hold - 1 if hold < size and text[hold] == "[" else size - 1
        if escaped >= begin and text[escaped] == "\\" and not _follows_backslash(text, escaped):
            hold = min(hold, escaped)
        return hold

    def _bare_beginning(self, text: str, begin: int) -> int:
        """The same for a token without its opening bracket."""
        tail = text[max(begin, len(text) - MAX_HELD) :][::-1]
        for shape in (_WITH_COLON, _WITH_SPACE):
            match = shape.match(tail)
            if match is None:
                continue
            start = len(text) - match.end()
            name = match[1][::-1]
            is_whole = match.start(1) > 0
            names = self._names.whole if is_whole else self._names.begun
            name = _plain(name if is_whole else name.removesuffix("\\"))
            if name in names and _may_begin(text, start):
                return start
        return len(text)


class _Names(NamedTuple):
    """Labels, and what labels begin with."""

    whole: frozenset[str]
    begun: frozenset[str]


@lru_cache(maxsize=64)
def _names(labels: frozenset[str]) -> _Names:
    return _Names(labels, frozenset(_beginnings(labels)))


def _beginnings(labels: Collection[str]) -> Iterator[str]:
    for label in labels:
        for end in range(1, len(label) + 1):
            yield label[:end]


def _plain(label: str) -> str:
    """A label as a policy writes it."""
    return label.replace("\\_", "_").lower()


def _follows_backslash(text: str, at: int) -> bool:
    """Whether a backslash stands before a place: of two, the first escapes the second."""
    return at > 0 and text[at - 1] == "\\"


def _may_begin(text: str, at: int) -> bool:
    """Whether nothing that stands before a place is glued to what begins there."""
    return at == 0 or not (_is_word(text[at - 1]) or text[at - 1] in ".-\\")


def _is_word(character: str) -> bool:
    return character == "_" or character.isalnum()
