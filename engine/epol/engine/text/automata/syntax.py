"""The expressions that the compiler writes, as trees of sets of ASCII characters.

Characters beyond ASCII are left out of sets: who walks these trees reads ASCII alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from epol.engine.kernel.automaton_words import EDGE, OF_WORD, place

ALL = (1 << 128) - 1
"""Sets of ASCII characters are integers with a bit for each."""

WORD = sum(1 << code for code in range(128) if chr(code).isalnum() or chr(code) == "_")


class UnreadError(ValueError):
    """An expression is not of the kind that is read here."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    members: int


@dataclass(frozen=True, slots=True)
class Assertion:
    """A place between two characters; `allowed` has the bits (`place`) of what may be there."""

    allowed: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """One thing after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternation:
    """One of some."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`item` from `low` to `high` times; None is without end."""

    item: Node
    low: int
    high: int | None


Node = Chars | Assertion | Sequence | Alternation | Repeat

_PAIRS = [(before, behind) for before in range(3) for behind in range(3)]
_PLACES = {
    "\\A": sum(place(a, b) for a, b in _PAIRS if a == EDGE),
    "\\z": sum(place(a, b) for a, b in _PAIRS if b == EDGE),
    "\\b": sum(place(a, b) for a, b in _PAIRS if (a == OF_WORD) != (b == OF_WORD)),
}

AT_BEGIN = Assertion(_PLACES["\\A"])
"""The beginning of a text."""

_TOKEN = re.compile(
    r"""(?P<any>\(\?s:\.\)) | (?P<open>\(\?:|\(\?P<value>) | (?P<close>\)) | (?P<or>\|)
    | (?P<place>\\[Azb]) | \\x\{(?P<code>[0-9a-f]+)\} | \\(?P<escaped>[^0-9A-Za-z])
    | \[(?P<negated>\^?)(?P<set>(?:[^\]\\[]|\\x\{[0-9a-f]+\}|\\[^0-9A-Za-z])+)\]
    | (?P<itself>[^\\()\[\]{}|*+?.^$])""",
    re.VERBOSE | re.DOTALL,
)
_TIMES = re.compile(r"\{(\d+)(?:(,)(\d*))?\}|[*+?]")
_SIGNS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_MEMBER = re.compile(r"\\x\{([0-9a-f]+)\}|\\?(.)", re.DOTALL)


def parsed(expression: str) -> Node:
    """The tree of an expression; groups do not show.  Raises `UnreadError`."""
    node, end = _alternation(expression, 0)
    if end != len(expression):
        raise UnreadError(expression)
    return node


def _alternation(text: str, at: int) -> tuple[Node, int]:
    options = list[Node]()
    while True:
        items = list[Node]()
        while at < len(text) and text[at] not in "|)":
            item, at = _atom(text, at)
            item, at = _repeated(item, text, at)
            items.append(item)
        options.append(items[0] if len(items) == 1 else Sequence(tuple(items)))
        if at >= len(text) or text[at] == ")":
            return (options[0] if len(options) == 1 else Alternation(tuple(options))), at
        at += 1


def _atom(text: str, at: int) -> tuple[Node, int]:
    token = _TOKEN.match(text, at)
    kind = token.lastgroup if token else None
    if token is None or kind is None:
        raise UnreadError(text)
    end = token.end()
    match kind:
        case "open":
            node, end = _alternation(text, end)
            if not text.startswith(")", end):
                raise UnreadError(text)
            return node, end + 1
        case "any":
            return Chars(ALL), end
        case "place":
            return Assertion(_PLACES[token[0]]), end
        case "set":
            members = _members(token["set"])
            return Chars(ALL & ~members if token["negated"] else members), end
        case "code":
            return Chars(_span(int(token["code"], 16))), end
        case _:
            return Chars(_span(ord(token[kind]))), end


def _repeated(item: Node, text: str, at: int) -> tuple[Node, int]:
    times = _TIMES.match(text, at)
    if times is None:
        return item, at
    if times[1] is None:
        low, high = _SIGNS[times[0]]
    else:
        low = int(times[1])
        high = int(times[3]) if times[3] else None if times[2] else low
    return Repeat(item, low, high), times.end()


def _members(text: str) -> int:
    """The set of what stands between brackets."""
    members, at = 0, 0
    while at < len(text):
        low, at = _member(text, at)
        high = low
        if text.startswith("-", at) and at + 1 < len(text):
            high, at = _member(text, at + 1)
        members |= _span(low, high)
    return members


def _member(text: str, at: int) -> tuple[int, int]:
    match = _MEMBER.match(text, at)
    assert match is not None
    return int(match[1], 16) if match[1] else ord(match[2]), match.end()


def _span(low: int, high: int | None = None) -> int:
    """The ASCII characters of a range of code points."""
    high = low if high is None else high
    return ((1 << (min(high, 127) + 1)) - 1) & ~((1 << low) - 1) if low < 128 else 0
