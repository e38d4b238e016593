"""A regular expression's text to its tree.

The dialect is Hyperscan's subset of PCRE.  Where Hyperscan and RE2 differ, one meaning is
fixed here and both are written it: `$` without `m` is the very end of the text, ASCII
letters are the same as ASCII letters only, properties do not depend on case.
"""

from __future__ import annotations

import re

from epol.compiler.patterns import escapes
from epol.compiler.patterns.brackets import bracketed
from epol.compiler.patterns.charset import ANY
from epol.compiler.patterns.errors import invalid
from epol.compiler.patterns.folding import character
from epol.compiler.patterns.groups import count_groups, opening
from epol.compiler.patterns.limits import MAX_DEPTH, MAX_PATTERN, check_size
from epol.compiler.patterns.reader import CASELESS, DOT_ALL, EXTENDED, MULTILINE, UNICODE, Reader
from epol.compiler.patterns.tree import (
    Alternation,
    Assertion,
    Chars,
    Group,
    Node,
    Place,
    Repeat,
    Sequence,
)

_QUANTIFIER = re.compile(r"([*+?]|\{([0-9]+)(,([0-9]*))?\})([?+]?)")
_PLAIN_BOUNDS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_BLANK = re.compile(r"[ \t-\r]+|#[^\n]*\n?")
_NOT_LINE_END = character(ord("\n")).complement()
_PLACES = {
    "b": Place.BOUNDARY,
    "B": Place.NO_BOUNDARY,
    "A": Place.TEXT_START,
    "z": Place.TEXT_END,
    "Z": Place.TEXT_END,
}
_ANCHORS = {
    "^": (Place.TEXT_START, Place.LINE_START),
    "$": (Place.TEXT_END, Place.LINE_END),
}


def parse(regex: str, flags: str = "") -> Node:
    """The tree of a pattern with flags out of `ismu` (others say nothing), or PatternError."""
    if len(regex) > MAX_PATTERN:
        message = f"a pattern may have {MAX_PATTERN:,} characters"
        raise invalid(message, 0, len(regex), "split it into several")
    node = _Parser(regex, flags).whole()
    check_size(node)
    return node


class _Parser:
    """One reading of one pattern."""

    def __init__(self, regex: str, flags: str) -> None:
        self.reader = Reader(regex, frozenset(flags))
        self.names: set[str] = set()
        self.groups = count_groups(regex)
        self.quoting = False

    def whole(self) -> Node:
        """The tree of all the text."""
        node = self._alternatives(0)
        reader = self.reader
        if not reader.done:
            reader.char()
            cure = "write `\\)` for the character"
            raise reader.invalid(reader.at - 1, "unbalanced parenthesis: `)` closes nothing", cure)
        return node

    def _alternatives(self, depth: int) -> Node:
        start = self.reader.at
        options = [self._sequence(depth)]
        while self.reader.take("|"):
            options.append(self._sequence(depth))
        if len(options) == 1:
            return options[0]
        return Alternation(start, self.reader.at, tuple(options))

    def _sequence(self, depth: int) -> Node:
        reader = self.reader
        self._skip()
        start = reader.at
        items: list[Node] = []
        while not reader.done and (self.quoting or not reader.ahead("|", ")")):
            atom = self._atom(depth)
            if atom is not None:
                items.append(self._quantified(atom))
            self._skip()
        return items[0] if len(items) == 1 else Sequence(start, reader.at, tuple(items))

    def _skip(self) -> None:
        """Step over what says nothing: comments, quoting marks, blanks with the flag `x`."""
        reader = self.reader
        while not reader.done:
            if self.quoting or reader.ahead("\\E", "\\Q"):
                if not self._skip_mark():
                    return
            elif reader.ahead("(?#"):
                self._skip_comment()
            elif EXTENDED not in reader.flags or not reader.match(_BLANK):
                return

    def _skip_mark(self) -> bool:
        r"""Step over `\Q` or `\E`, if it is one here."""
        if self.reader.take("\\E"):
            self.quoting = False
            return True
        if not self.quoting and self.reader.take("\\Q"):
            self.quoting = True
            return True
        return False

    def _skip_comment(self) -> None:
        reader = self.reader
        start, end = reader.at, reader.text.find(")", reader.at)
        if end < 0:
            reader.at = start + len("(?#")
            raise reader.invalid(start, "a comment is unterminated", "close it with `)`")
        reader.at = end + 1

    def _atom(self, depth: int) -> Node | None:
        """One item without its quantifier; None for `(?i)`, which is none."""
        reader = self.reader
        start = reader.at
        if self.quoting:
            return self._one(start, escapes.point(reader, start))
        if reader.ahead("("):
            return self._group(depth)
        if reader.ahead("["):
            return bracketed(reader)
        if reader.ahead("^", "$"):
            plain, lines = _ANCHORS[reader.char()]
            place = lines if MULTILINE in reader.flags else plain
            return Assertion(start, reader.at, place)
        if reader.take("."):
            every = DOT_ALL in reader.flags
            return Chars(start, reader.at, ANY if every else _NOT_LINE_END)
        if reader.take("\\"):
            return self._escape(start)
        if reader.match(_QUANTIFIER):
            raise reader.invalid(start, "nothing to repeat", "write `\\` before a character")
        return self._one(start, escapes.point(reader, start))

    def _one(self, start: int, point: int) -> Node:
        """The node of one character, in all its cases where case does not matter."""
        chars = character(point, nocase=CASELESS in self.reader.flags)
        return Chars(start, self.reader.at, chars)

    def _escape(self, start: int) -> Node:
        reader = self.reader
        point = escapes.character(reader, start)
        if point is None and reader.text[reader.at] in "123456789gk":
            point = escapes.refuse_reference(reader, start, self.groups)
        if point is not None:
            return self._one(start, point)
        members = escapes.named_set(reader, start)
        if members is not None:
            if members.empty:
                raise reader.invalid(start, "no character is in this set")
            return Chars(start, reader.at, members)
        if reader.text[reader.at] in _PLACES:
            return self._assertion(start)
        raise escapes.unknown(reader, start)

    def _assertion(self, start: int) -> Node:
        reader = self.reader
        letter = reader.char()
        if letter in "bB" and UNICODE in reader.flags:
            construct = f"`\\{letter}` together with the flag `u`"
            raise reader.unsupported(start, construct, "use `left not word` / `right not word`")
        return Assertion(start, reader.at, _PLACES[letter])

    def _group(self, depth: int) -> Node | None:
        reader = self.reader
        start, flags = reader.at, reader.flags
        opened = opening(reader, self.names)
        if opened.bare:
            return None
        if depth >= MAX_DEPTH:
            message = f"groups nest deeper than {MAX_DEPTH}"
            raise reader.invalid(start, message, "split the pattern into several")
        item = self._alternatives(depth + 1)
        if not reader.take(")"):
            reader.at = start + 1
            message = "missing ), unterminated subpattern"
            raise reader.invalid(start, message, "close it with `)`, or write `\\(`")
        reader.flags = flags
        return Group(start, reader.at, item, opened.name, opened.capturing)

    def _quantified(self, item: Node) -> Node:
        self._skip()
        reader = self.reader
        start = reader.at
        found = None if self.quoting else reader.match(_QUANTIFIER)
        if found is None:
            return item
        self._check_quantifier(start, item, found)
        low, high = _bounds(found)
        if high is not None and high < low:
            message = "min repeat greater than max repeat"
            raise reader.invalid(start, message, "write the smaller number first")
        node = Repeat(item.start, reader.at, item, low, high, found.group(5) == "?")
        self._check_single()
        return node

    def _check_quantifier(self, start: int, item: Node, found: re.Match[str]) -> None:
        if found.group(5) == "+":
            cure = "use the plain quantifier"
            raise self.reader.unsupported(start, "a possessive quantifier", cure)
        if isinstance(item, Assertion):
            message = "nothing to repeat: the item before it takes no characters"
            raise self.reader.invalid(start, message, "leave the quantifier out")

    def _check_single(self) -> None:
        """One quantifier an item."""
        self._skip()
        start = self.reader.at
        if not self.quoting and self.reader.match(_QUANTIFIER):
            cure = "put what is repeated into a group `(?:…)`"
            raise self.reader.invalid(start, "multiple repeat", cure)


def _bounds(found: re.Match[str]) -> tuple[int, int | None]:
    """How often, by a quantifier."""
    sign, low, comma, high = found.group(1, 2, 3, 4)
    if sign in _PLAIN_BOUNDS:
        return _PLAIN_BOUNDS[sign]
    if comma is None:
        return int(low), int(low)
    return int(low), int(high) if high else None
