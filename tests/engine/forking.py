"""Work in a forked child."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable


def forked(work: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether some work in a forked child says so, in time."""
    with warnings.catch_warnings():
        # Python 3.12 warns of forks with threads; that they work is what is tested.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False
