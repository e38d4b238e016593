"""Where a target is, for whoever probes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from epol.engine.bundle.manifest import Manifest

How = Literal["connect", "tls", "head"]
"""The last step of a probe, whose time is the round trip: a TCP connection, a TLS handshake, or
an HTTP HEAD and the first line of its answer."""

_PORTS = {"http": 80, "https": 443}
_SENDABLE = re.compile(r"[!-~]*\Z")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of a target.  One that `is_local` says nothing of the network."""

    target: str
    host: str
    port: int
    is_tls: bool = False
    path: str = "/"
    how: How = "connect"
    is_local: bool = False


def endpoint(target: str, url: str, how: How | None = None, *, is_local: bool = False) -> Endpoint:
    """The endpoint of a URL, `http://…` or `https://…`.

    It is probed by a TLS handshake where the URL is https, else by a connection, if `how` does
    not say otherwise.  A HEAD goes to the URL's path, without its query and without credentials.
    Raises ValueError, which does not repeat the URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad(target) from None
    is_tls = parts.scheme == "https"
    asked: How = how or ("tls" if is_tls else "connect")
    path = parts.path or "/"
    sendable = _SENDABLE.match(path) and _SENDABLE.match(parts.hostname or "")
    if parts.scheme not in _PORTS or not parts.hostname or not sendable or port == 0:
        raise _bad(target)
    if asked == "tls" and not is_tls:
        raise ValueError(f"the URL of {target} is http, so there is no TLS to probe")
    number = port or _PORTS[parts.scheme]
    return Endpoint(target, parts.hostname, number, is_tls, path, asked, is_local)


def endpoints_of(manifest: Manifest, environment: Mapping[str, str]) -> tuple[Endpoint, ...]:
    """The endpoints of a policy's targets that have a `url`; `environment` has those from it.

    A target whose variable is not set has none.  Raises ValueError, which repeats no URL.
    """
    found: list[Endpoint] = []
    for target in manifest.targets:
        said = target.endpoints.get("url")
        url = said and (environment.get(said.value) if said.from_environment else said.value)
        if url:
            is_local = target.fields.get("at") == "local"
            found.append(endpoint(target.name, url, is_local=is_local))
    return tuple(found)


def _bad(target: str) -> ValueError:
    return ValueError(
        f"the URL of {target} is none that can be probed: write http:// or https://, a host,"
        " and if need be a port and a path, all in ASCII"
    )
