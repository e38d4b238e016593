"""The files of the page, which are part of the package: they work without a network."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from types import MappingProxyType

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""What a browser may do for the page: nothing from elsewhere, no script within it, no markup made
of text."""
HEADERS = MappingProxyType(
    {
        "content-security-policy": POLICY,
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
)
"""What every answer of the page has."""


@cache
def assets() -> dict[str, tuple[str, bytes]]:
    """The type and bytes of each file, by its name."""
    found: dict[str, tuple[str, bytes]] = {}
    for each in files("epol.gateway.live").joinpath("static").iterdir():
        kind = _KINDS.get(each.name[each.name.rfind(".") :])
        if kind is not None:
            found[each.name] = kind, each.read_bytes()
    return found
