"""A text with its UTF-8, and the way from bytes back to code points."""

from __future__ import annotations

from array import array

from epol.engine.kernel.automaton_words import IS_LONGEST, SIZE
from epol.engine.text.context import lowered
from epol.engine.text.words import is_inside_word

_CONTINUATION = bytes(range(0x80, 0xC0))
_STEP = 4096
_FRAME = bytes(8 * (IS_LONGEST + 1))


def in_utf8(text: str) -> bytes:
    """A text's UTF-8.  A lone surrogate, which has none, is written as `?`."""
    return text.encode("utf-8", "replace")


class Encoded:
    """A text and its UTF-8 (`in_utf8`)."""

    __slots__ = ("_frame", "_last", "_lowered", "_marks", "data", "is_ascii", "text")

    def __init__(self, text: str, data: bytes | None = None) -> None:
        """`data` is the text's UTF-8, where that is there already."""
        self.text = text
        self.is_ascii = text.isascii()
        self.data = in_utf8(text) if data is None else data
        self._marks = [0]
        self._last = 0, 0
        self._lowered: str | None = None
        self._frame: tuple[array[int], int] | None = None

    @property
    def lowered(self) -> str:
        """The text in small letters, character by character."""
        if self._lowered is None:
            self._lowered = lowered(self.text)
        return self._lowered

    @property
    def frame(self) -> tuple[array[int], int]:
        """The frame for walks of automata over the text, which is one thread's, and its address."""
        if self._frame is None:
            frame = array("q", _FRAME)
            frame[SIZE] = len(self.data)
            self._frame = frame, frame.buffer_info()[0]
        return self._frame

    def characters(self, offset: int) -> int:
        """How many code points stand before a byte offset that cuts no character."""
        if self.is_ascii:
            return offset
        # Mostly asked for from the left to the right.
        at, count = self._last
        if not 0 <= offset - at <= _STEP:
            mark = offset // _STEP
            at, count = mark * _STEP, self._before_mark(mark)
        count += _count(self.data[at:offset])
        self._last = offset, count
        return count

    def _before_mark(self, mark: int) -> int:
        """How many code points stand before so many times `_STEP` bytes."""
        while len(self._marks) <= mark:
            at = (len(self._marks) - 1) * _STEP
            self._marks.append(self._marks[-1] + _count(self.data[at : at + _STEP]))
        return self._marks[mark]

    def before(self, offset: int) -> str:
        """The character that ends at a byte offset above 0."""
        if self.is_ascii:
            return self.text[offset - 1]
        first = offset - 1
        while 0x80 <= self.data[first] < 0xC0:
            first -= 1
        return self.data[first:offset].decode()

    def behind(self, offset: int) -> str:
        """The character that begins at a byte offset before the end."""
        if self.is_ascii:
            return self.text[offset]
        return self.data[offset : self.from_character(offset + 1)].decode()

    def cuts_word(self, offset: int) -> bool:
        """Whether a byte offset that cuts no character is inside a word."""
        return is_inside_word(self.text, self.characters(offset))

    def next_character(self, offset: int) -> int:
        """The byte offset of the character after the one that begins at `offset`."""
        return offset + 1 if self.is_ascii else self.from_character(offset + 1)

    def from_character(self, offset: int) -> int:
        """The byte offset of the first character that begins at `offset` or behind it."""
        while offset < len(self.data) and 0x80 <= self.data[offset] < 0xC0:
            offset += 1
        return offset


def _count(data: bytes) -> int:
    """Code points that begin in some bytes."""
    return len(data.translate(None, _CONTINUATION))
