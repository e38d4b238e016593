"""A token classifier: what kind of thing each word of a text is part of."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from epol.engine.errors import ModelLimitError, ModelUnavailableError
from epol.engine.models.catalogue import CATALOGUE, TokenModel
from epol.engine.models.once import Once
from epol.engine.models.onnx import Network
from epol.engine.models.tokenizer import Tokenizer, Word
from epol.engine.models.weights import folder_of, read_verified
from epol.engine.models.windows import windows

WINDOW = 128
"""Tokens that the network reads at once, the first and the last included."""

ENOUGH = 32
"""Behind so many tokens a window ends where a sentence does.  The model finds most in single
sentences: of the names in sentences joined to long texts it finds 3 in a hundred more so than
in windows of 128 or 512 tokens."""

OVERLAP = 32
"""Tokens that two windows share; names and lines of addresses are shorter."""

CHARACTERS_A_WINDOW = 1024
"""A text of more characters for each window that is left is not even split into tokens."""


MOST_WINDOWS = 256
"""Windows of one request, if nothing else is said; one of 128 tokens takes some 20 to 35 ms."""

MOST_SECONDS = 5.0


@dataclass
class Allowance:
    """How much work the models may do for one request: windows, and seconds from now on."""

    windows: int = MOST_WINDOWS
    seconds: float = MOST_SECONDS

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.seconds

    def take(self, count: int) -> None:
        """So many windows are needed.  Raises `ModelLimitError` for one too many."""
        self.windows -= count
        if self.windows < 0:
            raise ModelLimitError("the texts are longer than models may read in one request")

    def check_time(self) -> None:
        """Raises `ModelLimitError` when the time is up."""
        if time.monotonic() > self._end:
            raise ModelLimitError("the models did not finish in the time they have")


class Read(NamedTuple):
    """A word of a text: characters `start` up to `end`, and its probability for each class."""

    start: int
    end: int
    shares: Sequence[float]


class Classifier:
    """A model, loaded.  Safe to share between threads."""

    def __init__(self, model: TokenModel) -> None:
        """Verify and load the files.  Raises `ModelUnavailableError`."""
        folder = folder_of(model)
        self.model = model
        self._tokenizer = Tokenizer(read_verified(folder, model.tokenizer), model.install)
        self._network = Network(read_verified(folder, model.network), model.install)

    def read(self, text: str, allowance: Allowance) -> list[Read]:
        """The words of a text, in order.  Raises `ModelLimitError`."""
        allowance.check_time()
        if len(text) > CHARACTERS_A_WINDOW * allowance.windows:
            allowance.take(allowance.windows + 1)
        ids, words = self._tokenizer.split(text)
        plan = windows(text, words, WINDOW - 2, ENOUGH, OVERLAP)
        allowance.take(len(plan))
        shares: list[list[float]] = []
        for window in plan:
            allowance.check_time()
            part = ids[window.start : window.end]
            tokens = [self.model.first, *part, self.model.last]
            # The first of the results is that of the token before the text.
            shift = 1 - window.start
            shares += self._network.probabilities(tokens)[window.low + shift : window.high + shift]
        return [_read(text, word, shares) for word in words if _is_word(text, word)]


def _is_word(text: str, word: Word) -> bool:
    """Whether it has a letter or a digit: to the tokenizer, a comma is a word too."""
    return any(map(str.isalnum, text[word.start : word.end]))


def _read(text: str, word: Word, shares: Sequence[Sequence[float]]) -> Read:
    """A word has the mean of its tokens: one odd piece of a rare name says little."""
    pieces = shares[word.first : word.behind]
    means = [sum(column) / len(pieces) for column in zip(*pieces, strict=True)]
    end = word.end
    # The tokenizer drops marks, so that one at the end of a word is not in any token.
    while end < len(text) and unicodedata.category(text[end]).startswith("M"):
        end += 1
    return Read(word.start, end, means)


_loaded: Once[Classifier] = Once()


def classifier(name: str) -> Classifier:
    """The model of a name, loaded once in a process.  Raises `ModelUnavailableError`."""
    model = CATALOGUE.get(name)
    if model is None:
        known = ", ".join(f"`{each}`" for each in CATALOGUE)
        raise ModelUnavailableError(f"no model is called `{name}`; there is {known}")
    return _loaded.get(name, lambda: Classifier(model))
