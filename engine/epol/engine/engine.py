"""The engine: a policy that decides requests, and can be exchanged while it does."""

from __future__ import annotations

import asyncio
import logging
import threading

from epol.engine.deciding.batch import Batch
from epol.engine.deciding.columns import Columns
from epol.engine.decision import INTERNAL_ERROR, Decision, PolicyName
from epol.engine.errors import EpolError
from epol.engine.policy import Policy
from epol.engine.request import Request
from epol.engine.signals.board import SignalBoard

_log = logging.getLogger("epol.engine")


class Engine:
    """Decides requests under one policy.  Safe to share between threads and event loops.

    `signals` takes readings of the world.  A request is decided under the policy that was
    there when it began, whatever is swapped meanwhile.
    """

    def __init__(self, policy: Policy) -> None:
        """Use `load` or `compile`."""
        self._policy = policy
        self._swapping = threading.Lock()
        self.signals = SignalBoard()

    @property
    def policy(self) -> PolicyName:
        """Which policy decides now."""
        return self._policy.name

    def decide(self, request: Request, *, strict: bool = True) -> Decision:
        """The decision on a request.

        Not `strict` ignores attributes and labels that the policy does not declare.
        Raises `RequestError` for a request that cannot be read.  Whatever else fails, the
        decision is `block`.  Models run in the caller's thread; see `adecide`.
        """
        policy = self._policy
        try:
            return policy.decide(request, self.signals.fresh(policy.stale_after), strict=strict)
        except EpolError:
            raise
        except Exception as error:  # noqa: BLE001 (no request goes on because of a defect)
            # Its words may be the request's, so only its kind is told.
            _log.error("a request could not be decided: %s", type(error).__name__)
            return policy.blocked(request, INTERNAL_ERROR)

    async def adecide(self, request: Request, *, strict: bool = True) -> Decision:
        """As `decide`, off the event loop, which stays free while models run."""
        return await asyncio.to_thread(self.decide, request, strict=strict)

    def decide_batch(self, columns: Columns, *, strict: bool = True, fired: bool = False) -> Batch:
        """The decisions on many requests of the flow `request`, as columns.

        `columns` are NumPy arrays or lists by attribute, or an Arrow table; one named
        `label:` and a label has its counts, in text of the user.  Numbers mean what they
        mean in JSON, `OnScale` and timedelta64 what they say.  With `fired`, the result
        says which rules fired.  Models are not run: what they would compute is unknown.
        Raises `RequestError`.
        """
        policy = self._policy
        signals = self.signals.fresh(policy.stale_after)
        return policy.decide_batch(columns, signals, strict=strict, fired=fired)
