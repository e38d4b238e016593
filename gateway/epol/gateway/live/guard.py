"""Who may see the page: the operator, on a host that nobody else can make a name for."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Collection, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from epol.gateway.callers import is_key, key_in
from epol.gateway.live.sessions import SECONDS, Sessions
from epol.gateway.problems import ProblemError
from epol.gateway.upstreams import is_near

COOKIE = "epol_session"


class Guard:
    """Lets the operator in, by the key itself or by a session that began with it."""

    def __init__(self, key: str, sessions: Sessions, hosts: Collection[str]) -> None:
        """`hosts` are the names by which browsers may ask, beside localhost and addresses."""
        self._key, self._sessions = key, sessions
        self._hosts = frozenset(each.lower() for each in hosts)

    def check_host(self, headers: Mapping[str, str]) -> None:
        """Raise `ProblemError` for a name that somebody may have made to lead here.

        A page of another site can only ask by a name of its own (DNS rebinding): an address is
        none, nor is `localhost`.
        """
        host = _name(headers.get("host", ""))
        if not (host in self._hosts or host == "localhost" or _is_address(host)):
            raise ProblemError(
                421, "unknown-host", "the page is not served under this name; see `page_hosts`"
            )

    async def is_let_in(self, headers: Mapping[str, str]) -> bool:
        """Whether this is the operator: by the key as a bearer's, else by the session's cookie."""
        if self.has_key(headers):
            return True
        name = _cookie(headers)
        return name is not None and await asyncio.to_thread(self._sessions.knows, name)

    def has_key(self, headers: Mapping[str, str]) -> bool:
        """Whether a request shows the key itself, which no page of another site can send."""
        return is_key(key_in(headers), self._key)

    def check_origin(self, headers: Mapping[str, str]) -> None:
        """Raise `ProblemError` for what changes something and comes from a page of another site."""
        origin = headers.get("origin", "")
        if self.has_key(headers) and not origin:
            return
        if not origin or urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
            raise ProblemError(403, "other-origin", "this is asked from the page itself only")

    async def log_in(self, key: str, headers: Mapping[str, str]) -> str | None:
        """The cookie of a new session; None for another key."""
        if not is_key(key, self._key):
            return None
        name = await asyncio.to_thread(self._sessions.begin)
        return _set(name, SECONDS, headers)

    async def log_out(self, headers: Mapping[str, str]) -> str:
        """End the session; the cookie that takes it from the browser."""
        name = _cookie(headers)
        if name is not None:
            await asyncio.to_thread(self._sessions.end, name)
        return _set("", 0, headers)


def _set(name: str, seconds: int, headers: Mapping[str, str]) -> str:
    """To this machine it may go in the clear, to others not."""
    said = f"{COOKIE}={name}; Path=/_epol; Max-Age={seconds}; HttpOnly; SameSite=Strict"
    return said if is_near(_name(headers.get("host", ""))) else f"{said}; Secure"


def _cookie(headers: Mapping[str, str]) -> str | None:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return found.value if found is not None and found.value else None


def _name(host: str) -> str:
    """A host without its port, in lower case; empty for what is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
