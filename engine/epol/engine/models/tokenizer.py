"""The door to tokenizers: a text as tokens, with the words that they are parts of."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from epol.engine.errors import ModelUnavailableError

if TYPE_CHECKING:
    from tokenizers import Tokenizer as _Tokenizer

_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Word(NamedTuple):
    """Characters `start` up to `end` of a text, made of tokens `first` up to `behind`."""

    start: int
    end: int
    first: int
    behind: int


class Tokens(NamedTuple):
    """A text as tokens; every token belongs to one word, in order."""

    ids: list[int]
    words: list[Word]


class Tokenizer:
    """Splits texts.  Safe to share between threads."""

    def __init__(self, data: bytes, install: str) -> None:
        """Read a `tokenizer.json`.  Raises `ModelUnavailableError`."""
        try:
            module: Any = import_module("tokenizers")
        except ImportError:
            raise ModelUnavailableError(f"tokenizers is not installed; {install}") from None
        try:
            self._tokenizer: _Tokenizer = module.Tokenizer.from_buffer(data)
        except Exception as error:  # noqa: BLE001 (tokenizers raises plain exceptions)
            why = f"tokenizers does not load the model's tokenizer ({type(error).__name__})"
            raise ModelUnavailableError(why) from None
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def split(self, text: str) -> Tokens:
        """The tokens and words of a text; offsets are code points of it.

        A lone surrogate, which is no text, counts as a character that nobody knows.
        """
        encoding = self._tokenizer.encode(_SURROGATE.sub("\ufffd", text), add_special_tokens=False)
        ids, places, words_of = encoding.ids, encoding.offsets, encoding.word_ids
        words: list[Word] = []
        current: int | None = None
        for at, ((start, end), word) in enumerate(zip(places, words_of, strict=True)):
            if words and word is not None and word == current:
                words[-1] = words[-1]._replace(end=max(end, words[-1].end), behind=at + 1)
            else:
                words.append(Word(start, end, at, at + 1))
                current = word
        return Tokens(ids, words)
