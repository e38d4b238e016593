"""What the policy makes of the text in a message, on its way to the model or to the tool."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from epol.engine import BodyError, Enforced, RefusedResponseError
from epol.gateway.bodies import Said
from epol.gateway.callers import SESSION, Who
from epol.gateway.host import Host
from epol.gateway.mcp.messages import Message, names_of_tools, without_tools, written
from epol.gateway.problems import ProblemError, refused
from epol.gateway.settings import Settings, SettingsError

API = "mcp"
_NOTHING = b'{"jsonrpc":"2.0","method":"ping"}'
"""What a request without text is decided on: whether the model may be spoken with at all."""
_log = logging.getLogger("epol.gateway")


class Treating:
    """Treats the messages of one session of a caller.

    What a server says goes to the client's model: it is decided and treated like a request
    to that target.  What a client says goes to a tool: it is restored, judged and treated
    by the rules `on tool_call`.
    """

    def __init__(
        self, host: Host, target: str, who: Who, headers: Mapping[str, str], session: str
    ) -> None:
        self._host, self._target, self._who = host, target, who
        self._headers = {**headers, SESSION: session}

    async def for_model(self, message: Message) -> bytes:
        """A message as it may go to the client and its model.  Raises `ProblemError`."""
        body = written(message)
        enforced = await self._decided(body)
        made = await self._host.offloading.do(
            len(body), lambda: enforced.body_for(self._target), in_session=True
        )
        assert isinstance(made, bytes), "it comes back in the form in which it was given"
        return made

    async def for_tool(self, message: Message, tool: str | None) -> bytes:
        """A message as it may go to the server, of which `tool` is called, if one is.

        Raises `ProblemError`.
        """
        enforced = await self._decided(_NOTHING)
        offered = enforced.decision.targets[self._target].tools
        if tool is not None and offered is not None and tool not in offered:
            raise ProblemError(403, "answer-blocked", "this tool is not offered to the model")
        body = written(message)
        return await self._host.offloading.do(
            len(body), lambda: self._call(enforced, body, tool), in_session=True
        )

    async def offered(self, raw: bytes) -> bytes:
        """The answer to `tools/list` without tools of which every call would be refused."""
        enforced = await self._decided(_NOTHING)
        gone = frozenset(
            name for name in set(names_of_tools(raw)) if self._is_refused(enforced, name)
        )
        return without_tools(raw, gone) if gone else raw

    async def _decided(self, body: bytes) -> Enforced:
        verdicts = self._host.verdicts
        enforced = await verdicts.enforced(API, self._who, self._headers, body, Said())
        await verdicts.target_for_host(enforced, self._target, self._who, body)
        return enforced

    def _call(self, enforced: Enforced, body: bytes, tool: str | None) -> bytes:
        try:
            return enforced.tool_call(self._target, body, **self._where(tool))
        except BodyError as error:
            raise ProblemError(400, "bad-request", str(error)) from None
        except RefusedResponseError as error:
            raise refused(error) from None

    def _is_refused(self, enforced: Enforced, tool: str) -> bool:
        call = {"name": tool, "arguments": dict[str, object]()}
        body: dict[str, object] = {"jsonrpc": "2.0", "method": "tools/call", "params": call}
        try:
            enforced.tool_call(self._target, body, **self._where(tool))
        except RefusedResponseError as error:
            return not error.is_held
        return False

    def _where(self, tool: str | None) -> dict[str, object]:
        """Where a tool runs: what is said of the server counts where nothing is said of it."""
        said = self._host.settings
        own = said.tools.get(tool) if tool is not None else None
        at = said.mcp.at if own is None or own.at is None else own.at
        server = said.mcp.server if own is None or own.server is None else own.server
        return {"at": at, "server": server}


def target_of(host: Host, settings: Settings) -> str:
    """The target that the client's model is.  Raises `SettingsError` where it is not said."""
    targets = [each.name for each in host.shared.policies.now.manifest.targets]
    said = settings.mcp.target
    if said is None and len(targets) == 1:
        return targets[0]
    if said is None:
        raise SettingsError(
            "`target` in [mcp] is to name the model that the client speaks for; "
            f"the policy has {', '.join(targets)}"
        )
    host.check_target(said, "`target` in [mcp]")
    return said
