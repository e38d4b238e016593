"""The door to onnxruntime: networks, from tokens or numbers to what is wanted of them.

Importing onnxruntime takes some 0.4 seconds, so it is imported when a model is first needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from epol.engine.errors import ModelUnavailableError


class _Session(Protocol):
    def run(
        self, outputs: list[str] | None, feed: Mapping[str, NDArray[np.int64 | np.float32]]
    ) -> list[NDArray[np.float32]]: ...


class Network:
    """A network on one thread of the processor.  Safe to share between threads.

    It keeps no thread of its own, so it survives a fork.
    """

    def __init__(self, model: bytes, install: str) -> None:
        """Load a model.  Raises `ModelUnavailableError`, which says what to `install`."""
        try:
            runtime: Any = import_module("onnxruntime")
        except ImportError:
            raise ModelUnavailableError(f"onnxruntime is not installed; {install}") from None
        # Its warnings go to standard error, and speak of hardware that is not used here.
        runtime.set_default_logger_severity(3)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            session = runtime.InferenceSession(
                model, sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001 (onnxruntime has no common class of errors)
            why = f"onnxruntime does not load the model ({type(error).__name__})"
            raise ModelUnavailableError(why) from None
        self._session = cast(_Session, session)

    def probabilities(self, tokens: list[int]) -> list[list[float]]:
        """For each token the probability of each class, at its beginning or inside.

        Softmax over the logits of outside, beginning and inside.
        """
        logits = self._of_tokens(tokens)
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        shares = powers / powers.sum(axis=-1, keepdims=True)
        return cast("list[list[float]]", (shares[:, 1::2] + shares[:, 2::2]).tolist())

    def direction(self, tokens: list[int]) -> list[float]:
        """The mean of what is said of the tokens, as a vector of length 1."""
        mean = self._of_tokens(tokens).mean(axis=0)
        return cast("list[float]", (mean / np.linalg.norm(mean)).tolist())

    def rating(self, features: Sequence[float]) -> float:
        """The one number that is said of some numbers."""
        feed = {"features": np.array([features], dtype=np.float32)}
        return float(self._session.run(None, feed)[0].item())

    def _of_tokens(self, tokens: list[int]) -> NDArray[np.float64]:
        """What is said of each token, in rows."""
        ids = np.array([tokens], dtype=np.int64)
        feed = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        said = self._session.run(None, feed)[0][0].astype(np.float64)
        return cast("NDArray[np.float64]", said)
