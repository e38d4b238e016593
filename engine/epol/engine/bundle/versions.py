"""Whether one bundle is older than another."""

from __future__ import annotations

import re
from typing import NoReturn

from epol.engine.bundle.manifest import Manifest
from epol.engine.errors import BundleError

_FORM = re.compile(
    r"(?P<core>\d{1,18}(\.\d{1,18}){0,7})"
    r"(-(?P<pre>[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?(\+[0-9A-Za-z.-]+)?\Z",
    re.ASCII,
)
_MOST_CHARACTERS = 256
_FIGURES = re.compile(r"[0-9]+\Z")
_Part = tuple[int, int, str]
_Key = tuple[tuple[int, ...], tuple[int, tuple[_Part, ...]]]


def check_not_older(running: Manifest, new: Manifest, *, allow: bool = False) -> None:
    """Raise `BundleError` where `new` must not take the place of `running`, unless allowed.

    An old bundle keeps its valid signature, so whoever can hand one to an engine could bring
    back a policy that was mended since.  Refused are: another policy (by name), a lower version,
    a version that cannot be compared, and none where there was one.  The order is that of
    Semantic Versioning 2.0.0 §11, of one to eight numbers of which missing ones are 0; build
    metadata (`+…`) counts nothing.  The same version is taken, and so is any after none.
    """
    if allow:
        return
    if running.name != new.name:
        _refuse(f"the bundle is of the policy {new.name}, and {running.name} is running")
    if running.version in (None, new.version):
        return
    if new.version is None:
        _refuse(f"the bundle has no version, and {running.version} is running")
    before, after = _key(running.version), _key(new.version)
    if before is None or after is None:
        _refuse(f"the versions {running.version} (running) and {new.version} cannot be compared")
    if after < before:
        _refuse(f"the bundle's version {new.version} is older than {running.version}, the running")


def _refuse(why: str) -> NoReturn:
    raise BundleError(f"{why}; to take it all the same, allow a downgrade")


def _key(version: str) -> _Key | None:
    """What orders a version; None if it is not in the form."""
    match = _FORM.match(version)
    if match is None or len(version) > _MOST_CHARACTERS:
        return None
    numbers = [int(number) for number in match["core"].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    pre = match["pre"]
    parts = () if pre is None else tuple(map(_part, pre.split(".")))
    return tuple(numbers), (int(pre is None), parts)


def _part(text: str) -> _Part:
    """An identifier of a pre-release: numbers stand below words."""
    return (0, int(text), "") if _FIGURES.match(text) else (1, 0, text)
