"""The model of complexity, loaded."""

from __future__ import annotations

from pathlib import Path

from epol.engine.models.catalogue import ModelFile
from epol.engine.models.complexity.features import features
from epol.engine.models.once import Once
from epol.engine.models.onnx import Network
from epol.engine.models.weights import read_verified

COMPLEXITY = "complexity"
"""What a policy calls it: `from model "complexity"`."""

WEIGHTS = ModelFile(
    "complexity.onnx", "2594f332de289e339b8ab6ef5ef43b95b794feeabfc48a9ae6af7ccdc0dbb668"
)

_INSTALL = "pip install 'epol[names]'"


class Rater:
    """A model of complexity, loaded.  Safe to share between threads."""

    def __init__(self, weights: bytes) -> None:
        """Raises `ModelUnavailableError`."""
        self._network = Network(weights, _INSTALL)

    def rate(self, prompt: str) -> float:
        """The share of the prompts it was trained on that it holds for easier, 0 to 1."""
        return self._network.rating(features(prompt))


_loaded: Once[Rater] = Once()


def rater() -> Rater:
    """The model that comes with epol, loaded once in a process.  Raises `ModelUnavailableError`."""
    return _loaded.get(COMPLEXITY, lambda: Rater(read_verified(Path(__file__).parent, WEIGHTS)))
