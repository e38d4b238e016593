"""Sessions over HTTP: each belongs to one caller, and has a name of the proxy's own."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from epol.gateway.callers import Who
from epol.gateway.mcp.relay import Relay
from epol.gateway.problems import ProblemError

SESSION_ID = "mcp-session-id"
MOST = 1024
"""Sessions that are kept; then the one that was silent for longest is forgotten."""


@dataclass
class Session:
    """What is kept of a session: its relay, whose it is, and what the server calls it."""

    relay: Relay
    who: Who
    name: str
    upstream: str | None = None
    one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Messages of the client are read in the order in which they come."""


class Sessions:
    """The sessions of all callers."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[str, Session] = OrderedDict()

    def name(self) -> str:
        """A name for another one, which nobody can guess."""
        return secrets.token_hex(16)

    def keep(self, session: Session) -> None:
        """Keep it from now on."""
        self._known[session.name] = session
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def of(self, headers: Mapping[str, str], who: Who) -> Session | None:
        """The session that a request names; None where it names none.

        Raises `ProblemError` for one that is not there, or another caller's.
        """
        name = headers.get(SESSION_ID)
        if name is None:
            return None
        found = self._known.get(name)
        if found is None or found.who.name != who.name:
            raise ProblemError(404, "unknown-session", "there is no such session; begin a new one")
        self._known.move_to_end(name)
        return found

    def forget(self, session: Session) -> None:
        """It has ended."""
        self._known.pop(session.name, None)
