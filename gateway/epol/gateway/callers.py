"""Who calls, and what is known of them without asking them."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from epol.gateway.problems import ProblemError
from epol.gateway.settings import Settings, SettingsError

SESSION = "x-epol-session"
_SESSION_NAME = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_LEAST_KEY = 16


@dataclass(frozen=True, slots=True)
class Who:
    """A caller by name, with the attributes that the configuration gives them."""

    name: str
    attributes: Mapping[str, object] = field(repr=False)

    def session(self, headers: Mapping[str, str]) -> str | None:
        """The session that a request belongs to: one caller cannot name another's."""
        named = headers.get(SESSION)
        if named is None:
            return None
        if _SESSION_NAME.fullmatch(named) is None:
            raise ProblemError(
                400, "bad-session", f"{SESSION} has up to 128 letters, digits and . _ : / -"
            )
        return f"{self.name} {named}"


ANYBODY = Who("anybody", {})
"""The caller of a gateway that knows none."""


class Callers:
    """The callers of a configuration, each known by a key; without any, everybody may call."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        """Raises `SettingsError` for a key that is not there, too short, or another's too."""
        self._known: dict[bytes, Who] = {}
        for name, said in settings.callers.items():
            key = environment.get(said.key_env, "")
            if len(key) < _LEAST_KEY:
                raise SettingsError(
                    f"callers.{name}: `{said.key_env}` is to have their key in the environment, "
                    f"of {_LEAST_KEY} characters or more"
                )
            digest = _digest(key)
            if digest in self._known:
                raise SettingsError(f"callers.{name}: another caller has the same key")
            self._known[digest] = Who(name, said.attributes)

    def has(self, key: str) -> bool:
        """Whether a key is a caller's."""
        return _digest(key) in self._known

    def __bool__(self) -> bool:
        return bool(self._known)

    def who(self, headers: Mapping[str, str]) -> Who:
        """Whose request it is, by its key.  Raises `ProblemError` for a key that is nobody's."""
        if not self._known:
            return ANYBODY
        found = self._known.get(_digest(key_in(headers)))
        if found is None:
            raise ProblemError(401, "unknown-caller", "the key of the request is nobody's here")
        return found


def key_in(headers: Mapping[str, str]) -> str:
    """The key that a request shows, as clients of either family send it."""
    kind, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else headers.get("x-api-key", "")


def is_key(shown: str, key: str) -> bool:
    """Whether a key that is shown is that one; how long it takes tells nothing of it."""
    return hmac.compare_digest(shown.encode("utf-8", "replace"), key.encode("utf-8", "replace"))


def _digest(key: str) -> bytes:
    """What keys are looked up by, so that how long it takes tells nothing of them."""
    return hashlib.sha256(key.encode("latin-1", "replace")).digest()
