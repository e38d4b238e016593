"""What is loaded once in a process, when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from epol.engine.forks import renewed_after_fork

T = TypeVar("T")


class Once(Generic[T]):
    """Things by name.  Safe to share between threads; what failed is tried again."""

    def __init__(self) -> None:
        self._made: dict[str, T] = {}
        self._making = threading.Lock()
        renewed_after_fork(self)

    def get(self, name: str, make: Callable[[], T]) -> T:
        """The thing of a name, which is made if it is not there.  Raises what `make` raises."""
        found = self._made.get(name)
        if found is None:
            with self._making:
                found = self._made.get(name)
                if found is None:
                    found = self._made[name] = make()
        return found

    def after_fork(self) -> None:
        """In a child, no other thread is there to give the lock back."""
        self._making = threading.Lock()
