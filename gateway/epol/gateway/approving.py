"""What `epolc approve` runs: an operator's word about requests that wait for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import msgspec

from epol.gateway.admin import HOLDS
from epol.gateway.holds import Held
from epol.gateway.settings import Settings

_PATIENCE = 10.0
OK, FINDINGS, USAGE = 0, 1, 2


class _Holds(msgspec.Struct):
    holds: list[Held]


def approve(
    gateway: str, held: str | None, *, refuse: bool, environment: Mapping[str, str] = os.environ
) -> int:
    """List what waits at a gateway, or approve or refuse one of it; the exit status."""
    variable = Settings().admin_key_env
    key = environment.get(variable)
    if not key:
        return _failed(f"{variable} must have the operator's key of the gateway")
    try:
        if held is None:
            return _list(_ask(gateway, HOLDS, key, "GET"))
        word = "refuse" if refuse else "approve"
        _ask(gateway, f"{HOLDS}/{quote(held, safe='')}/{word}", key, "POST")
    except HTTPError as error:
        return _failed(_WHY.get(error.code, f"the gateway answers {error.code}"), FINDINGS)
    except (URLError, HTTPException, OSError, ValueError) as error:
        return _failed(f"{gateway}: {getattr(error, 'reason', None) or type(error).__name__}")
    _say(f"{held} is {word}d")
    return OK


_WHY = {
    401: "the gateway does not take this operator's key",
    404: "no request of this name waits there",
    501: "the gateway has no operator's key, so nothing can be approved there",
}


def _ask(gateway: str, path: str, key: str, method: str) -> bytes:
    # What goes to one's own gateway goes through no proxy that the environment names.
    opener = build_opener(ProxyHandler({}))
    if not gateway.startswith(("http://", "https://")):
        raise ValueError
    request = Request(  # noqa: S310 (http or https, as was just checked)
        gateway.rstrip("/") + path, method=method, headers={"authorization": f"Bearer {key}"}
    )
    with opener.open(request, timeout=_PATIENCE) as answer:
        found: bytes = answer.read()
        return found


def _list(answer: bytes) -> int:
    for each in msgspec.json.decode(answer, type=_Holds).holds:
        _say(f"{each.id} {each.state}: {each.caller} to {each.target}, by {', '.join(each.rules)}")
    return OK


def _say(line: str) -> None:
    print(line)  # noqa: T201 (the result of the command)


def _failed(message: str, status: int = USAGE) -> int:
    print(f"error: {message}", file=sys.stderr)  # noqa: T201
    return status
