"""What the reference evaluator decides, kept for whoever asks about the same request next.

A witness is decided where it is told, where it is replayed, and where it is written as a test.
"""

from __future__ import annotations

from functools import lru_cache

from epol.compiler.same import Same
from epol.lang.decision import Decision
from epol.lang.model import Policy
from epol.lang.request import Request
from epol.lang.semantics import decide

_MOST = 64


def decided(policy: Policy, request: Request) -> Decision:
    """The decision on a request; see `epol.lang.semantics.decide`."""
    return _decided(Same(policy), _Asked(request))


class _Asked:
    """A request as a key: by all that it says, for its tables are no keys themselves."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._said = (
            request.flow,
            request.target,
            frozenset(request.inputs.items()),
            frozenset((n, c and frozenset(c.items())) for n, c in request.labels.items()),
            request.text,
            request.unread,
            request.unknown,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._said == other._said

    def __hash__(self) -> int:
        return hash(self._said)


@lru_cache(maxsize=_MOST)
def _decided(policy: Same[Policy], asked: _Asked) -> Decision:
    return decide(policy.item, asked.request)
