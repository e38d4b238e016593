"""Which part of a match is the secret: the group `value` of one or more patterns.

Gitleaks takes the group that `secretGroup` names, or else the first group that matched
something (`detect.go`, "use the first suitable capture group").  Which one that is may depend on
the text.  A pattern here has one such group, so an expression is written once for each of the
ways that it can go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from epol.compiler.patterns.errors import invalid
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.tree import Alternation, Group, Node, Repeat, Sequence
from epol.compiler.patterns.width import width

MOST = 16
"""Patterns that one expression may become."""

_TOKEN = re.compile(r"\\.|\[\^?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\]|\(\?[ims-]+\)|[()|]", re.DOTALL)


@dataclass(frozen=True)
class Secret:
    """Patterns, with a group `value` where the secret is a part of the match.

    `whole` says that the secret cannot be told from the rest, and the span is the match.
    """

    patterns: tuple[str, ...]
    whole: bool = False


def find_secret(text: str, group: int) -> Secret:
    """The patterns of an expression (see `dialect`).  Raises `PatternError`."""
    groups = list(_groups(parse(text)))
    if group:
        if group > len(groups):
            message = f"the secret is group {group}, and there are {len(groups)}"
            raise invalid(message, 0, len(text))
        return Secret((_marked(text, groups, groups[group - 1]),))
    ways = _ways(text, MOST)
    return Secret((_marked(text, groups, None),), whole=True) if ways is None else Secret(ways)


def _ways(text: str, most: int) -> tuple[str, ...] | None:
    """One pattern for each way to the first group; None if there are too many, or no telling."""
    tree = parse(text)
    groups = list(_groups(tree))
    if not groups:
        return (text,)
    texts = _forks(text, _path(tree, groups[0]))
    if texts is None or len(texts) > most:
        return None
    if not texts:
        surely = width(groups[0].item)[0] > 0
        return (_marked(text, groups, groups[0]),) if surely else None
    found: list[str] = []
    for each in texts:
        ways = _ways(each, most - len(found))
        if ways is None:
            return None
        found += ways
    return tuple(dict.fromkeys(found)) if len(found) <= most else None


def _forks(text: str, path: list[Node]) -> list[str] | None:
    """The ways of the outermost choice on a path; none if there is no choice."""
    repeated = False
    for node in path:
        choices: list[str] = []
        match node:
            case Alternation():
                choices = list(_branches(text, node))
            case Repeat(low=0):
                choices = [text[: node.start] + text[node.end :], _once(text, node)]
            case Repeat(high=high):
                repeated = repeated or high != 1
            case _:
                pass
        if choices:
            return None if repeated else choices
    return []


def _once(text: str, node: Repeat) -> str:
    """An optional item that is there at least once."""
    sign = {None: "+", 1: ""}.get(node.high, f"{{1,{node.high}}}")
    return text[: node.item.end] + sign + text[node.end :]


def _branches(text: str, node: Alternation) -> Iterator[str]:
    """A text with each branch in the place of them all; flags of one hold for the next."""
    before, behind = text[: node.start], text[node.end :]
    depth, start = 0, node.start
    flags = seen = ""
    for found in _TOKEN.finditer(text, node.start, node.end):
        sign = found[0]
        if sign in {"(", ")"}:
            depth += 1 if sign == "(" else -1
        elif depth == 0 and sign.startswith("(?"):
            seen += sign
        elif depth == 0 and sign == "|":
            yield before + flags + text[start : found.start()] + behind
            start, flags = found.end(), seen
    yield before + flags + text[start : node.end] + behind


def _groups(node: Node) -> Iterator[Group]:
    """The groups that capture, in the order of their numbers."""
    match node:
        case Group(item=item, capturing=capturing):
            if capturing:
                yield node
            yield from _groups(item)
        case Repeat(item=item):
            yield from _groups(item)
        case Sequence(items=parts) | Alternation(options=parts):
            for part in parts:
                yield from _groups(part)
        case _:
            pass


def _path(node: Node, wanted: Group) -> list[Node]:
    """The nodes from the outermost to a group, that one left out."""
    if node is wanted:
        return []
    match node:
        case Group(item=item) | Repeat(item=item):
            return [node, *_path(item, wanted)]
        case Sequence(items=parts) | Alternation(options=parts):
            inside = next(p for p in parts if p.start <= wanted.start and wanted.end <= p.end)
            return [node, *_path(inside, wanted)]
        case _:
            return []


def _marked(text: str, groups: list[Group], chosen: Group | None) -> str:
    """The text in which only one group captures, as `value`."""
    for group in sorted(groups, key=lambda g: g.start, reverse=True):
        opening = "(?P<value>" if group is chosen else "(?:"
        text = text[: group.start] + opening + text[group.start + 1 :]
    return text
