r"""A Go regular expression, as `regexp/syntax` reads it, in the dialect of patterns.

Both are nearly one language.  What differs is written otherwise: `\v` is one character in Go
and a set here, `\12` is never a back-reference, the flag `U` swaps greedy and lazy (the longest
match counts here, so it says nothing), and names of groups have no meaning.
"""

from __future__ import annotations

import re

from epol.compiler.patterns.errors import PatternError

_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_NAMED = re.compile(r"\(\?P?<[A-Za-z0-9_]+>")
_POSIX = re.compile(r"\[:\^?[a-z]+:\]")
_OCTAL = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})")
_KEPT = re.compile(
    r"\\(?:[AzbBdDsSwWaftnr]|x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]+\}|[pP](?:\{\^?\w+\}|[A-Za-z]))"
)
_KEPT_IN_CLASS = re.compile(
    r"\\(?:[dDsSwWaftnr]|x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]+\}|[pP](?:\{\^?\w+\}|[A-Za-z]))"
)
_SPECIAL = frozenset("\\.+*?()|[]{}^$")


def translate(regex: str) -> str:
    """The pattern that means the same here, with plain groups.

    Only what begins groups and escapes is looked at: the result may still be no pattern.
    Raises `PatternError` for what Go does not have.
    """
    return _Translation(regex).whole()


class _Translation:
    """One walk over an expression, from the left."""

    def __init__(self, regex: str) -> None:
        self._text = regex
        self._at: int = 0
        self._parts: list[str] = []

    def whole(self) -> str:
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == "\\":
                self._escape(_KEPT)
            elif char == "[":
                self._class()
            elif self._text.startswith("(?", self._at):
                self._group()
            else:
                self._parts.append(_shown(char))
                self._at += 1
        return "".join(self._parts)

    def _escape(self, kept: re.Pattern[str]) -> None:
        if kept is _KEPT and self._text.startswith("\\Q", self._at):
            self._quoted()
            return
        octal = _OCTAL.match(self._text, self._at)
        found = octal or kept.match(self._text, self._at)
        if octal:
            self._parts.append(rf"\x{{{int(octal[1], 8):x}}}")
        elif found:
            self._parts.append(found[0])
        else:
            self._parts.append(self._single())
        self._at = found.end() if found else self._at + 2

    def _single(self) -> str:
        """The escape of one character."""
        char = self._text[self._at + 1 : self._at + 2]
        if char == "v":
            return r"\x0B"
        if not char:
            raise self._error(1, "the backslash at its end escapes nothing")
        if char.isascii() and char.isalnum():
            raise self._error(2, f"`\\{char}` is not an escape in Go")
        return _quote(char)

    def _quoted(self) -> None:
        r"""`\Q…\E`: characters that stand for themselves."""
        end = self._text.find("\\E", self._at)
        inside = self._text[self._at + 2 : end if end >= 0 else None]
        self._parts += map(_quote, inside)
        self._at = len(self._text) if end < 0 else end + 2

    def _class(self) -> None:
        """A class in brackets; a `]` that stands first is one of its characters."""
        start = self._at
        opening = "[^" if self._text.startswith("[^", start) else "["
        self._parts.append(opening)
        self._at = first = start + len(opening)
        while not (self._text.startswith("]", self._at) and self._at > first):
            if self._at >= len(self._text):
                self._at = start
                raise self._error(1, "a class is unterminated")
            self._member()
        self._parts.append("]")
        self._at += 1

    def _member(self) -> None:
        char = self._text[self._at]
        named = _POSIX.match(self._text, self._at)
        if char == "\\":
            self._escape(_KEPT_IN_CLASS)
            return
        if named:
            self._parts.append(named[0])
        else:
            self._parts.append(f"\\{char}" if char in "[]" else _shown(char))
        self._at += len(named[0]) if named else 1

    def _group(self) -> None:
        named = _NAMED.match(self._text, self._at)
        flags = _FLAGS.match(self._text, self._at)
        if named:
            self._parts.append("(")
            self._at = named.end()
        elif flags and (flags[1] or flags[2] or flags[3] == ":"):
            self._parts.append(_flags(flags))
            self._at = flags.end()
        else:
            shown = self._text[self._at : self._at + 4]
            raise self._error(2, f"`{shown}` begins no group in Go")

    def _error(self, length: int, message: str) -> PatternError:
        message = f"this is not a Go regular expression: {message}"
        return PatternError("invalid", message, self._at, self._at + length)


def _flags(found: re.Match[str]) -> str:
    """`(?i-s:` without `U`; what then says nothing is left out."""
    on, off, end = (found[1] or "").replace("U", ""), (found[2] or "").replace("U", ""), found[3]
    said = on + (f"-{off}" if off else "")
    return f"(?{said}{end}" if said or end == ":" else ""


def _quote(char: str) -> str:
    """A character that stands for itself; inside a class the same escapes do."""
    return f"\\{char}" if char in _SPECIAL or char == "-" else _shown(char)


def _shown(char: str) -> str:
    """A character as it stands; what nobody would see by its number."""
    return char if char.isprintable() else rf"\x{{{ord(char):x}}}"
