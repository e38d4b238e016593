"""What a forked child must put right: no other thread is there to give a lock back."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Forked(Protocol):
    """Something that has to be put right in a child."""

    def after_fork(self) -> None:
        """Called in the child, before anything else."""
        ...


_all: WeakSet[Forked] = WeakSet()


def renewed_after_fork(each: Forked) -> None:
    """See to it that `after_fork` is called in every child."""
    _all.add(each)


def _renew() -> None:
    for each in list(_all):
        each.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
