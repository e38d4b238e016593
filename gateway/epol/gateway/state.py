"""What outlives a request: engine, tokens, books, approvals; made before workers are forked."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from epol.engine.log.decision_log import DecisionLog
from epol.engine.vault.keys import FILE_VARIABLE, VARIABLE, VaultKeys
from epol.engine.vault.redis import RedisStore
from epol.engine.vault.sealed import SealedVault
from epol.engine.vault.sqlite import SqliteStore
from epol.engine.vault.vault import Vault
from epol.gateway.callers import Callers
from epol.gateway.circuits import Circuits
from epol.gateway.holds import Holds
from epol.gateway.live.feed import Feed
from epol.gateway.live.guard import Guard
from epol.gateway.live.sessions import Sessions
from epol.gateway.policies import Policies
from epol.gateway.settings import Settings, SettingsError
from epol.gateway.spending import Spending, spending_of
from epol.gateway.turns import SqliteTurns, TurnStore
from epol.gateway.turns_redis import RedisTurns
from epol.gateway.upstreams import UpstreamsOf, upstreams_of

KEY = "EPOL_KEY"
_LEAST_KEY = 16
_WORD_SECONDS = 3.0
"""Some times the interval in which workers tell each other."""


@dataclass(frozen=True)
class Watched:
    """What the live page needs: who may see it, and where workers put what it shows."""

    guard: Guard
    feed: Feed


@dataclass(frozen=True)
class Shared:
    """All that the workers of a gateway share."""

    policies: Policies
    callers: Callers
    holds: Holds
    admin_key: str | None
    watched: Watched | None
    """None where there is no operator, who alone may see the page."""
    folder: Path
    spending: Spending | None
    turns: TurnStore
    logs: bool
    keeps: bool
    """Whether the tokens of sessions are in a file or a server."""
    is_temporary: bool

    def close(self) -> None:
        """Give back what is open, and remove what was to end with the gateway."""
        self.policies.close()
        if self.is_temporary:
            shutil.rmtree(self.folder, ignore_errors=True)


def shared_state(
    bundle: bytes,
    settings: Settings,
    environment: Mapping[str, str],
    *,
    asks: bool = True,
    upstreams: UpstreamsOf = upstreams_of,
) -> Shared:
    """What a policy's gateway shares; `asks` is false where a host asks the targets itself,
    `upstreams` finds those of others.

    Raises `EpolError`, `SettingsError`.
    """
    folder = _folder(settings)
    server = _server(settings, environment)
    vault = _vault(settings, folder, server, environment)
    try:
        log = None if settings.log is None else DecisionLog(settings.log)
    except ValueError as error:
        raise SettingsError(f"log: {error}") from None
    policies = Policies(
        bundle,
        settings,
        environment,
        vault=vault,
        key=_key(environment),
        log=log,
        circuits=_circuits(settings, folder),
        asks=asks,
        upstreams=upstreams,
    )
    admin = environment.get(settings.admin_key_env) or None
    if admin is not None and len(admin) < _LEAST_KEY:
        raise SettingsError(f"{settings.admin_key_env} has {_LEAST_KEY} characters or more")
    callers = Callers(settings, environment)
    if admin is not None and callers.has(admin):
        raise SettingsError(f"{settings.admin_key_env}: a caller has the operator's key")
    return Shared(
        policies,
        callers,
        Holds(folder / "holds.sqlite3", settings.hold.valid),
        admin,
        _watched(settings, folder, admin),
        folder,
        spending_of(settings, folder, server),
        _turns(settings, folder, server),
        logs=log is not None,
        keeps=vault is not None,
        is_temporary=settings.state is None,
    )


def _folder(settings: Settings) -> Path:
    if settings.state is None:
        return Path(tempfile.mkdtemp(prefix="epol-"))
    folder = Path(settings.state)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"{folder}: {error.strerror or error}") from None
    return folder


def _watched(settings: Settings, folder: Path, key: str | None) -> Watched | None:
    if key is None:
        return None
    sessions = Sessions(folder / "sessions.sqlite3")
    guard = Guard(key, sessions, [settings.host, *settings.page_hosts])
    return Watched(guard, Feed(folder / "live.sqlite3"))


def _circuits(settings: Settings, folder: Path) -> Circuits | None:
    """What workers tell each other; one alone has nobody to tell."""
    return None if settings.workers == 1 else Circuits(folder / "circuits.sqlite3", _WORD_SECONDS)


def _turns(settings: Settings, folder: Path, server: str | None) -> TurnStore:
    seconds = settings.session.valid
    if server is not None:
        return RedisTurns(server, seconds)
    return SqliteTurns(folder / "turns.sqlite3", seconds)


def _server(settings: Settings, environment: Mapping[str, str]) -> str | None:
    """The URL of what keeps tokens and books for several machines."""
    if settings.redis_env is None:
        return None
    url = environment.get(settings.redis_env)
    if not url:
        raise SettingsError(f"redis_env: `{settings.redis_env}` is not set in the environment")
    return url


def _vault(
    settings: Settings, folder: Path, server: str | None, environment: Mapping[str, str]
) -> Vault | None:
    """Tokens in a file or a server, where they are to outlive the gateway or to be shared.

    Without a key in the environment they are readable as long as the gateway runs.
    """
    if settings.workers == 1 and settings.state is None and server is None:
        return None
    has_keys = environment.get(VARIABLE) or environment.get(FILE_VARIABLE)
    if not has_keys and (settings.state is not None or server is not None):
        what = "state" if server is None else "redis_env"
        raise SettingsError(
            f"`{what}` keeps tokens, so {VARIABLE} or {FILE_VARIABLE} must have their key"
        )
    keys = VaultKeys.from_environment(environment) if has_keys else None
    store = SqliteStore(folder / "vault.sqlite3") if server is None else RedisStore(server)
    return SealedVault(store, keys or VaultKeys([secrets.token_bytes(32)]))


def _key(environment: Mapping[str, str]) -> bytes | None:
    said = environment.get(KEY)
    if not said:
        return None
    if len(said) < _LEAST_KEY:
        raise SettingsError(f"{KEY} has {_LEAST_KEY} characters or more")
    return said.encode()
