r"""Globs of `like`: `*` any run, `?` one character, `\` escapes, all else literal."""

from __future__ import annotations

from functools import cache

ANY_RUN, ANY_ONE = object(), object()
Glob = tuple[object, ...]
"""Characters (as str), ANY_RUN and ANY_ONE, in order."""


class GlobError(ValueError):
    """A glob that ends in the middle of an escape."""


@cache
def parse_glob(text: str) -> Glob:
    """The parts of a glob.  Raises `GlobError` for a backslash with nothing after it."""
    parts: list[object] = []
    characters = iter(text)
    for char in characters:
        if char == "\\":
            escaped = next(characters, None)
            if escaped is None:
                raise GlobError("a glob cannot end with a single backslash")
            parts.append(escaped)
        elif char == "*":
            parts.append(ANY_RUN)
        elif char == "?":
            parts.append(ANY_ONE)
        else:
            parts.append(char)
    return tuple(parts)


def is_exact(glob: Glob) -> bool:
    """Whether a glob has no wildcards, so that it matches one text alone."""
    return all(isinstance(part, str) for part in glob)


def matches(glob: Glob, text: str) -> bool:
    """Whether the whole text matches, in time proportional to len(glob) · len(text)."""
    at, part, star, resume = 0, 0, -1, 0
    while at < len(text):
        if part < len(glob) and glob[part] is ANY_RUN:
            star, resume = part, at
            part += 1
        elif part < len(glob) and (glob[part] is ANY_ONE or glob[part] == text[at]):
            part += 1
            at += 1
        elif star >= 0:
            resume += 1
            part, at = star + 1, resume
        else:
            return False
    return all(rest is ANY_RUN for rest in glob[part:])
