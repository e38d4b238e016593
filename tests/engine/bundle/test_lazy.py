"""Values that are worked out when they are first asked for."""

from __future__ import annotations

import threading

from epol.engine.bundle.lazy import lazy


class Thing:
    """Has a value that takes as long as somebody says."""

    def __init__(self, go: threading.Event) -> None:
        self.go, self.worked = go, 0

    @lazy
    def value(self) -> int:
        """What it is worth."""
        self.worked += 1
        assert self.go.wait(60)
        return 7


def test_a_value_is_worked_out_once() -> None:
    go = threading.Event()
    go.set()
    thing = Thing(go)
    assert (thing.value, thing.value, thing.worked) == (7, 7, 1)
    assert Thing.value.__doc__ == "What it is worth."


def test_nobody_waits_for_the_value_of_another() -> None:
    slow, quick = Thing(threading.Event()), Thing(threading.Event())
    quick.go.set()
    thread = threading.Thread(target=lambda: slow.value)
    thread.start()
    assert quick.value == 7
    slow.go.set()
    thread.join()
