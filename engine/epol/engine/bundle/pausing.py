"""Work that makes much and leaves hardly any garbage, and is not held up by looking for it."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager
from threading import get_ident

from epol.engine.forks import renewed_after_fork


class _Pausing:
    """The threads for which no garbage is collected."""

    def __init__(self) -> None:
        self.threads = set[int]()

    def after_fork(self) -> None:
        """In a child that another thread's work forked, nobody would let it be collected again."""
        if self.threads and get_ident() not in self.threads:
            self.threads.clear()
            gc.enable()


_pausing = _Pausing()
renewed_after_fork(_pausing)


@contextmanager
def uncollected(*, then_collect: bool = False) -> Generator[None]:
    """No garbage is collected meanwhile, in any thread; after, as it was before.

    Where two threads do so at once, the one that began first lets it be collected again.
    `then_collect` is for who does little else.
    """
    was_collected, thread = gc.isenabled(), get_ident()
    if was_collected:
        _pausing.threads.add(thread)
        gc.disable()
    try:
        yield
    finally:
        if was_collected:
            gc.enable()
            _pausing.threads.discard(thread)
        if then_collect:
            gc.collect()
