"""A model that compares meanings: how near a text comes to some phrases."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import mul

from epol.engine.errors import ModelUnavailableError
from epol.engine.models.catalogue import SENTENCES, SentenceModel
from epol.engine.models.classifier import CHARACTERS_A_WINDOW, Allowance
from epol.engine.models.once import Once
from epol.engine.models.onnx import Network
from epol.engine.models.tokenizer import Tokenizer
from epol.engine.models.weights import folder_of, read_verified
from epol.engine.models.windows import windows

WINDOW = 128
"""Tokens that the network reads at once, the first and the last included."""

ENOUGH = 64
"""Behind so many tokens a window ends where a sentence does."""

OVERLAP = 16
"""Tokens that two windows share where no sentence ends."""

_PHRASES = 4096
"""Directions of phrases that are kept; a policy has some tens."""

Direction = Sequence[float]


class Encoder:
    """A model, loaded.  Safe to share between threads."""

    def __init__(self, model: SentenceModel) -> None:
        """Verify and load the files.  Raises `ModelUnavailableError`."""
        install = model.weights.install
        words, weights = folder_of(model.words), folder_of(model.weights)
        self._model = model
        self._tokenizer = Tokenizer(read_verified(words, model.tokenizer), install)
        self._network = Network(read_verified(weights, model.network), install)
        # Phrases are a policy's, never a request's, so keeping them keeps no text of anybody.
        self.phrase = lru_cache(_PHRASES)(self._phrase)

    def _phrase(self, phrase: str) -> Direction:
        """The direction of a phrase; its first 126 tokens count."""
        return self._direction(self._tokenizer.split(phrase).ids[: WINDOW - 2])

    def nearest(self, text: str, phrases: Sequence[Direction], allowance: Allowance) -> float:
        """The greatest cosine between a part of a text and a phrase, -1 to 1.

        The parts are windows of some 64 to 126 tokens that end with a sentence, so that a long
        text does not hide a short demand.  Raises `ModelLimitError`.
        """
        allowance.check_time()
        if len(text) > CHARACTERS_A_WINDOW * allowance.windows:
            allowance.take(allowance.windows + 1)
        ids, words = self._tokenizer.split(text)
        plan = windows(text, words, WINDOW - 2, ENOUGH, OVERLAP)
        allowance.take(len(plan))
        best = -1.0
        for window in plan:
            allowance.check_time()
            here = self._direction(ids[window.start : window.end])
            best = max(best, *(sum(map(mul, here, phrase)) for phrase in phrases))
        return best

    def _direction(self, tokens: list[int]) -> Direction:
        return self._network.direction([self._model.first, *tokens, self._model.last])


_loaded: Once[Encoder] = Once()


def encoder(name: str) -> Encoder:
    """The model of a name, loaded once in a process.  Raises `ModelUnavailableError`."""
    model = SENTENCES.get(name)
    if model is None:
        known = ", ".join(f"`{each}`" for each in SENTENCES)
        raise ModelUnavailableError(f"no model of similarity is called `{name}`; there is {known}")
    return _loaded.get(name, lambda: Encoder(model))
