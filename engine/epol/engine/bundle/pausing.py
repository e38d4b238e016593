"""Work that makes much and leaves hardly any garbage, and is not held up by looking for it."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def uncollected(*, then_collect: bool = False) -> Generator[None]:
    """No garbage is collected meanwhile, in any thread; after, as it was before.

    Where two threads do so at once, the one that began first lets it be collected again.
    `then_collect` is for who does little else.
    """
    was_collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_collected:
            gc.enable()
        if then_collect:
            gc.collect()
