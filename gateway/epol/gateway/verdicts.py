"""What the policy says of a request, and of whoever must approve it: the same for all who ask."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from epol.engine import About, Enforced, RequestError
from epol.gateway.bodies import Said
from epol.gateway.callers import Who
from epol.gateway.holds import HoldsFullError, State
from epol.gateway.offloading import Offloading
from epol.gateway.problems import ProblemError, blocked, held, not_permitted
from epol.gateway.settings import Settings
from epol.gateway.state import Shared
from epol.gateway.turns import Sessions

_POLL_SECONDS = 0.2


class Verdicts:
    """Decides requests as policy and configuration say.  Belongs to one event loop."""

    def __init__(self, shared: Shared, settings: Settings, offloading: Offloading) -> None:
        self._shared, self._settings, self._offloading = shared, settings, offloading
        self._sessions = Sessions(shared.turns)

    async def enforced(
        self, api: str, who: Who, headers: Mapping[str, str], body: bytes, said: Said
    ) -> Enforced:
        """The verdict on a body of an API.  Raises `ProblemError` for one that cannot be read."""
        policies = self._shared.policies
        attributes = policies.facts.read(
            who, headers, said.model if isinstance(said.model, str) else None
        )
        session = who.session(headers)
        if session is not None and policies.facts.has_sessions:
            # What the configuration maps to a header, it wants from there.
            attributes = {**await self._sessions.facts(session), **attributes}
        tools = policies.tools
        try:
            return await self._offloading.do(
                len(body),
                lambda: policies.engine.enforce(
                    body,
                    api,
                    attributes=attributes,
                    session=session,
                    tools=tools,
                    strict=False,
                    about=About(caller=who.name),
                ),
                in_session=session is not None,
            )
        except RequestError as error:
            raise ProblemError(400, "bad-request", str(error)) from None

    async def turned(self, who: Who, headers: Mapping[str, str], target: str) -> None:
        """A target answers a request, if it is of a session: one more turn of it.

        To be told before the end of the answer, which the next turn may follow at once.
        """
        session = who.session(headers)
        if session is not None and self._shared.policies.facts.has_sessions:
            await self._sessions.add(session, target)

    async def target_for_host(
        self, enforced: Enforced, fixed: str | None, who: Who, body: bytes
    ) -> str:
        """The target for a host that asks it itself: the decision's choice, or the one it has.

        A held one must have been approved.  Raises `ProblemError` where there is none.
        """
        decision = enforced.decision
        if not decision.order:
            raise blocked(decision)
        target = decision.order[0] if fixed is None else fixed
        if target not in decision.order:
            raise not_permitted(decision, target)
        if decision.targets[target].hold:
            await self.approve(enforced, target, who, body)
        return target

    async def approve(self, enforced: Enforced, target: str, who: Who, body: bytes) -> None:
        """Approve a held target when a person has.  Raises `ProblemError` where none does."""
        holds, decision = self._shared.holds, enforced.decision
        rules = sorted({each.rule for each in decision.reasons if each.target == target})
        name = holds.name(who.name, target, rules, decision.policy.digest, body)
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.hold.wait
        while True:
            try:
                state = await asyncio.to_thread(holds.ask, name, who.name, target, rules)
            except HoldsFullError:
                raise ProblemError(
                    503, "holds-full", "too many requests wait for approval"
                ) from None
            if state == State.REFUSED:
                raise ProblemError(403, "refused", f"a person has refused this request ({name})")
            if state == State.APPROVED and await asyncio.to_thread(holds.use, name):
                enforced.approve(target)
                return
            if loop.time() >= until:
                raise held(decision, target, name)
            await asyncio.sleep(_POLL_SECONDS)
