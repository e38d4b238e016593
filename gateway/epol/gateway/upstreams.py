"""Where the targets of a policy are, and what they want."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from epol.engine.bundle.manifest import Constant, Endpoint, Manifest, TargetEntry
from epol.gateway.apis import ANTHROPIC, OPENAI, WIRES
from epol.gateway.settings import Settings, SettingsError, Target

WIRE_FIELD = "api"
"""The field by which a policy says what a target speaks: openai, anthropic, both; else openai."""
BOTH = "both"
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")
_DEFAULT_VERSION = "2023-06-01"
_AGENT = "epol"


@dataclass(frozen=True, slots=True)
class Upstream:
    """A target as it can be asked: its address without an end, its model, its headers by family."""

    name: str
    url: str
    model: str | None
    headers: Mapping[str, Mapping[str, str]] = field(repr=False)
    is_cloud: bool = True

    def speaks(self, wire: str) -> bool:
        """Whether it takes requests of a family of APIs."""
        return wire in self.headers

    def headers_for(self, wire: str, given: Mapping[str, str]) -> Mapping[str, str]:
        """The headers of a request to it; of the caller's `given`, only the version of the API."""
        own = self.headers[wire]
        if wire != ANTHROPIC:
            return own
        version = given.get("anthropic-version", "")
        is_version = _VERSION.fullmatch(version) is not None
        return {**own, "anthropic-version": version if is_version else _DEFAULT_VERSION}


def is_near(host: str) -> bool:
    """Whether a host is this machine, by its name or address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def upstreams_of(
    manifest: Manifest, settings: Settings, environment: Mapping[str, str]
) -> dict[str, Upstream]:
    """The targets that have an address, by name.

    Raises `SettingsError` for one that cannot be asked as the policy and the settings say.
    """
    _check_names(manifest, settings)
    made = (
        _upstream(target, settings.targets.get(target.name, Target()), environment)
        for target in manifest.targets
    )
    return {each.name: each for each in made if each is not None}


UpstreamsOf = Callable[[Manifest, Settings, Mapping[str, str]], dict[str, Upstream]]
"""How the targets of a policy are found, as `upstreams_of` finds them."""
TARGET_HEADER = "x-epol-target"


def routed_upstreams(
    manifest: Manifest, settings: Settings, environment: Mapping[str, str]
) -> dict[str, Upstream]:
    """All targets, for a proxy that knows where each is and routes by the header `TARGET_HEADER`.

    A key is sent where the environment has it.  Raises `SettingsError`.
    """
    _check_names(manifest, settings)
    made = (
        _routed(each, settings.targets.get(each.name, Target()), environment)
        for each in manifest.targets
    )
    return {each.name: each for each in made}


def _routed(target: TargetEntry, said: Target, environment: Mapping[str, str]) -> Upstream:
    """Its address only matters to those who probe it."""
    where = f"target `{target.name}`"
    url = _known(target, "url", environment) or said.url
    key = _known(target, "key", environment)
    return Upstream(
        target.name,
        checked(url, where, target.fields.get("at")) if url else "",
        _model(target),
        {
            wire: {**_headers(wire, key, said.key_header), TARGET_HEADER: target.name}
            for wire in _wires(target, where)
        },
        _is_cloud(target),
    )


def _upstream(target: TargetEntry, said: Target, environment: Mapping[str, str]) -> Upstream | None:
    where = f"target `{target.name}`"
    url = _endpoint(target, "url", environment)
    if url is None:
        url = said.url
    if url is None:
        return None
    key = _endpoint(target, "key", environment)
    return Upstream(
        target.name,
        checked(url, where, target.fields.get("at")),
        _model(target),
        {wire: _headers(wire, key, said.key_header) for wire in _wires(target, where)},
        _is_cloud(target),
    )


def _endpoint(target: TargetEntry, kind: str, environment: Mapping[str, str]) -> str | None:
    found: Endpoint | None = target.endpoints.get(kind)
    value = _known(target, kind, environment)
    if found is not None and not value:
        raise SettingsError(
            f"target `{target.name}`: its {kind} is to come from the environment, "
            f"and `{found.value}` is not set there"
        )
    return value


def _known(target: TargetEntry, kind: str, environment: Mapping[str, str]) -> str | None:
    """What is given of a target, if it is in the environment where it should be."""
    found: Endpoint | None = target.endpoints.get(kind)
    if found is None:
        return None
    return environment.get(found.value) if found.from_environment else found.value


def _check_names(manifest: Manifest, settings: Settings) -> None:
    known = {target.name for target in manifest.targets}
    for name in settings.targets:
        if name not in known:
            raise SettingsError(f"targets.{name}: the policy has no such target")


def _model(target: TargetEntry) -> str | None:
    found = target.fields.get("model")
    return found if isinstance(found, str) else None


def _is_cloud(target: TargetEntry) -> bool:
    return target.fields.get("at") not in ("local", "premises")


def checked(url: str, where: str, at: Constant | None) -> str:
    """An address without an end.  Raises `SettingsError`; in the cloud it is https."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
        parts = urlsplit("")
    is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in ("http", "https") or not host or not is_plain:
        raise SettingsError(f"{where}: its url is `https://host/…` or `http://host/…`, no more")
    if parts.scheme == "http" and at == "cloud" and not is_near(host):
        raise SettingsError(f"{where}: it is in the cloud, so its url begins with https://")
    return url.rstrip("/")


def _wires(target: TargetEntry, where: str) -> tuple[str, ...]:
    said = target.fields.get(WIRE_FIELD, OPENAI)
    if said == BOTH:
        return WIRES
    if said not in WIRES:
        raise SettingsError(f"{where}: its field `{WIRE_FIELD}` is {', '.join(WIRES)} or {BOTH}")
    return (str(said),)


def _headers(wire: str, key: str | None, key_header: str | None) -> Mapping[str, str]:
    headers = {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "accept-encoding": "identity",
        "user-agent": _AGENT,
    }
    if key is None:
        return headers
    if not key.isascii() or not key.isprintable():
        raise SettingsError("a key is printable ASCII")
    if key_header is not None:
        return {**headers, key_header: key}
    if wire == ANTHROPIC:
        return {**headers, "x-api-key": key}
    return {**headers, "authorization": f"Bearer {key}"}
