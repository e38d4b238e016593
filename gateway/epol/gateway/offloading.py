"""Work that may take long, kept off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from epol.gateway.state import Shared

SMALL = 16 * 1024
"""Bytes of a body that is treated where it is: to hand it to a thread takes longer."""

T = TypeVar("T")


class Offloading:
    """Decides whether reading a body may wait: for a model, a file of tokens, a log."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def do(self, size: int, work: Callable[[], T], *, in_session: bool) -> T:
        """Do some work on a body of so many bytes, here or in a thread."""
        shared = self._shared
        may_wait = shared.logs or (in_session and shared.keeps) or shared.policies.now.runs_models
        if size > SMALL or may_wait:
            return await asyncio.to_thread(work)
        return work()
