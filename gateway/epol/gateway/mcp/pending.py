"""The requests of a session that wait for their answers, under ids of the proxy's own.

Ids and tokens that the two sides choose stay on their side: they could say anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from epol.gateway.mcp.messages import Id

MOST = 1024
"""Requests that wait in one direction."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was sent on: its id and progress token where it came from."""

    id: Id
    method: str
    token: Id | None = None


class FullError(Exception):
    """As many requests wait as may, or one has the id of another."""


@dataclass
class Pending:
    """Requests of one side."""

    _waiting: dict[int, Asked] = field(default_factory=dict[int, Asked])
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def add(self, asked: Asked) -> int:
        """A request that is sent on, and the id that it has there.  Raises `FullError`."""
        if len(self._waiting) >= MOST or self.number_of(asked.id) is not None:
            raise FullError
        number = next(self._numbers)
        self._waiting[number] = asked
        return number

    def take(self, number: Id) -> Asked | None:
        """The request that an answer is for, which no longer waits."""
        return self._waiting.pop(number, None) if type(number) is int else None

    def get(self, number: Id) -> Asked | None:
        """The request that has this id where it was sent."""
        return self._waiting.get(number) if type(number) is int else None

    def number_of(self, identity: Id) -> int | None:
        """The id, where it was sent, of a request that came with an id."""
        return next((n for n, each in self._waiting.items() if _is(each.id, identity)), None)


def _is(identity: Id, other: Id) -> bool:
    """Whether two ids are one: the number 1 and the text "1" are two."""
    return type(identity) is type(other) and identity == other
