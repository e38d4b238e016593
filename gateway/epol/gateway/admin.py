"""What operators ask: what is measured, which requests wait for a person, to let them go or not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from epol.gateway.asgi import Send, respond
from epol.gateway.callers import is_key, key_in
from epol.gateway.exposition import KIND
from epol.gateway.holds import Holds, State
from epol.gateway.problems import ProblemError

HOLDS, METRICS = "/epol/holds", "/epol/metrics"
_WORDS = {"approve": State.APPROVED, "refuse": State.REFUSED}


class Admin:
    """Answers operators, who have a key that no caller has; without one there are none."""

    def __init__(
        self, holds: Holds, key: str | None, metrics: Callable[[], Awaitable[bytes]]
    ) -> None:
        """`metrics` gives the text of what is measured."""
        self._holds, self._key, self._metrics = holds, key, metrics

    def serves(self, path: str) -> bool:
        """Whether a path is for operators."""
        is_ours = path in (HOLDS, METRICS) or path.startswith(f"{HOLDS}/")
        return self._key is not None and is_ours

    async def answer(self, path: str, method: str, headers: Mapping[str, str], send: Send) -> None:
        """Raises `ProblemError`."""
        if self._key is None or not is_key(key_in(headers), self._key):
            raise ProblemError(401, "unknown-operator", "this needs the operator's key")
        if path == METRICS:
            _check_method(method, "GET")
            await respond(send, 200, await self._metrics(), {}, KIND)
            return
        if path == HOLDS:
            _check_method(method, "GET")
            waiting = await asyncio.to_thread(self._holds.all)
            await respond(send, 200, msgspec.json.encode({"holds": waiting}), {})
            return
        held, _, word = path.removeprefix(f"{HOLDS}/").partition("/")
        if word not in _WORDS:
            raise ProblemError(404, "unknown-word", f"a hold is {', '.join(_WORDS)}d by POST")
        _check_method(method, "POST")
        if not await asyncio.to_thread(self._holds.say, held, _WORDS[word]):
            raise ProblemError(404, "unknown-hold", "no request of this name waits")
        await respond(send, 200, msgspec.json.encode({"id": held, "state": _WORDS[word]}), {})


def _check_method(method: str, wanted: str) -> None:
    if method != wanted:
        raise ProblemError(405, "method", f"this takes {wanted}", headers={"allow": wanted})
