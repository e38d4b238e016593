"""Work that is not held up by the collection of garbage."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Generator[None]:
    """No garbage is collected until after: a check makes hardly any, and much else to look at."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()
