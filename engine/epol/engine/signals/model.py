"""What computes costly signals and finds labels, when it is asked."""

from __future__ import annotations

from typing import Protocol

from epol.engine.request import Request


class SignalModel(Protocol):
    """A model of one signal (`from model "…"`)."""

    def __call__(self, request: Request, /) -> object:
        """The signal's value, as JSON would have it; None if it cannot tell.

        It may take long and may fail; then the signal is unknown.
        """
        ...
