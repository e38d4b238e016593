r"""Globs of `like`: `*` any run, `?` one character, `\` escapes, all else literal.

They run on strings that a stranger may choose, so time is bounded by the product of both
lengths: a run of `*` is tried at each place once, never nested.
"""

from __future__ import annotations

_RUN, _ONE = object(), object()


class Glob:
    """A glob; `matches` is about the whole string, case-sensitively."""

    __slots__ = ("_parts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts = tuple(_parts(text))

    def matches(self, text: str) -> bool:
        """Whether all of a string matches."""
        parts = self._parts
        at, part, star, resume = 0, 0, -1, 0
        while at < len(text):
            if part < len(parts) and parts[part] is _RUN:
                star, resume = part, at
                part += 1
            elif part < len(parts) and (parts[part] is _ONE or parts[part] == text[at]):
                part += 1
                at += 1
            elif star >= 0:
                resume += 1
                part, at = star + 1, resume
            else:
                return False
        return all(rest is _RUN for rest in parts[part:])


def _parts(text: str) -> list[object]:
    parts: list[object] = []
    characters = iter(text)
    for character in characters:
        if character == "\\":
            parts.append(next(characters, "\\"))
        else:
            parts.append({"*": _RUN, "?": _ONE}.get(character, character))
    return parts
