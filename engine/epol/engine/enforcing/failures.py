"""The names of what can fail in enforcing, for decisions and messages."""

from __future__ import annotations

from epol.engine.decision import (
    BODY_UNWRITABLE,
    INTERNAL_ERROR,
    LABEL_UNREAD,
    SCAN_LIMIT,
    VAULT_FAILED,
)
from epol.engine.errors import BodyError, ScanLimitError, UntreatableError, VaultError

_NAMES = (
    (ScanLimitError, SCAN_LIMIT),
    (UntreatableError, LABEL_UNREAD),
    (VaultError, VAULT_FAILED),
    (BodyError, BODY_UNWRITABLE),
)


def reason_of(error: Exception) -> str:
    """The name of a failure; an error's own words may be the request's, so they stay here."""
    return next((name for kind, name in _NAMES if isinstance(error, kind)), INTERNAL_ERROR)
