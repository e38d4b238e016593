"""The thread that seals a log in time, also when no request comes."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Sealer:
    """Does some work every so many seconds, from the first `start` until `stop`."""

    def __init__(self, seconds: float, work: Callable[[], None]) -> None:
        self._seconds, self._work = seconds, work
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin, if it has not begun."""
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    thread = threading.Thread(target=self._run, name="epol-log", daemon=True)
                    self._thread = thread
                    thread.start()

    def stop(self) -> None:
        """End, and wait for the work that is being done."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def after_fork(self) -> None:
        """In the child there is no thread; the next `start` begins one."""
        self._starting = threading.Lock()
        self._thread = None
        self._stopped = threading.Event()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            self._work()
