"""A place in the text of a regular expression, with the flags that hold there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from epol.compiler.patterns.errors import PatternError, invalid, unsupported

CASELESS = "i"
DOT_ALL = "s"
MULTILINE = "m"
UNICODE = "u"
EXTENDED = "x"


@dataclass
class Reader:
    """Reads from the left; `flags` are those of the innermost group."""

    text: str
    flags: frozenset[str]
    at: int = 0

    @property
    def done(self) -> bool:
        """Nothing is left."""
        return self.at >= len(self.text)

    def ahead(self, *words: str) -> bool:
        """One of the words is next."""
        return self.text.startswith(words, self.at)

    def take(self, word: str) -> bool:
        """Step over a word if it is next."""
        if not self.text.startswith(word, self.at):
            return False
        self.at += len(word)
        return True

    def match(self, shape: re.Pattern[str]) -> re.Match[str] | None:
        """Step over what has a shape, if it is next."""
        found = shape.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def char(self) -> str:
        """Step over one character, which must be there."""
        self.at += 1
        return self.text[self.at - 1]

    def invalid(self, start: int, message: str, help: str | None = None) -> PatternError:
        """What was read from `start` on is wrong."""
        return invalid(message, start, max(self.at, start + 1), help)

    def unsupported(self, start: int, construct: str, help: str) -> PatternError:
        """What was read from `start` on is a construct that the scanner lacks."""
        return unsupported(construct, start, self.at, help)
