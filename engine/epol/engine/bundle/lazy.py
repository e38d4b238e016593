"""Values that are worked out when they are first asked for, and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, overload

Owner = TypeVar("Owner")
Value = TypeVar("Value")


class lazy(Generic[Owner, Value]):  # noqa: N801 (it is used as `property` is)
    """As `functools.cached_property`, without its lock.

    Before Python 3.12 all instances of a class share that lock, so threads wait for each
    other, and a child that is forked while one works waits for ever.  Here two threads
    may both work a value out; so it must be the same each time.
    """

    def __init__(self, work: Callable[[Owner], Value]) -> None:
        self._work = work
        self._name = work.__name__
        self.__doc__ = work.__doc__

    @overload
    def __get__(self, instance: None, owner: type[Owner]) -> lazy[Owner, Value]: ...
    @overload
    def __get__(self, instance: Owner, owner: type[Owner]) -> Value: ...
    def __get__(self, instance: Owner | None, owner: type[Owner]) -> Value | lazy[Owner, Value]:
        if instance is None:
            return self
        # The instance's own attribute of this name comes first from now on.
        value = instance.__dict__[self._name] = self._work(instance)
        return value
