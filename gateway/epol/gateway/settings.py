"""The gateway's configuration: one TOML file, every part of which has a default."""

from __future__ import annotations

from pathlib import Path

import msgspec

MIB = 1024 * 1024
KIB = 1024


class SettingsError(Exception):
    """The configuration, or what it takes from the environment, cannot be used."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of the file: a key that it does not know is an error."""


class Limits(_Part, frozen=True):
    """What one caller, and all together, may ask of the gateway.

    Sizes in bytes.  `requests` are under way at once in one worker, `connections` open there;
    `header_seconds` and `body_seconds` are how long a caller may take to send them,
    `read_seconds` how long to take nothing of what waits for it.
    """

    body: int = 8 * MIB
    answer: int = 32 * MIB
    header: int = 32 * KIB
    requests: int = 512
    connections: int = 4096
    header_seconds: float = 10.0
    body_seconds: float = 60.0
    read_seconds: float = 60.0


class Times(_Part, frozen=True):
    """How many seconds things may take.

    `connect` is for reaching a target, `attempt` for its whole answer (in a stream, its
    beginning), `idle` for the silence within a stream and for a caller to take what comes,
    `deadline` for the request with all its attempts up to there, and `drain` for what is under
    way when the gateway stops.
    """

    connect: float = 3.0
    attempt: float = 60.0
    idle: float = 60.0
    deadline: float = 120.0
    drain: float = 30.0


class Hold(_Part, frozen=True):
    """How many seconds a held request waits for approval, and an approval for its request."""

    wait: float = 0.0
    valid: float = 3600.0


class Session(_Part, frozen=True):
    """How many seconds after its last turn a session's turns and target are known."""

    valid: float = 3600.0


class Target(_Part, frozen=True):
    """What the policy leaves open of a target: where it is, and how its key is sent.

    `url` is used where the policy gives none.  `key_header` is the header that takes the key
    as it is, for providers that do not want `Authorization: Bearer`.
    """

    url: str | None = None
    key_header: str | None = None


class Caller(_Part, frozen=True):
    """Who may call, by the key in an environment variable, and what is known of them."""

    key_env: str
    attributes: dict[str, object] = {}


class Tool(_Part, frozen=True):
    """Where a tool runs: `at` is local, premises or cloud."""

    at: str | None = None
    server: str | None = None


class Mcp(_Part, frozen=True):
    """A server of MCP behind `epolc mcp`, and the model before it.

    `target` is the target that the client's model is.  `at` (local, premises or cloud) and
    `server` are said of tools of which [tools] says nothing.  `url` is the server's address,
    where it is not run, and `key_env` the variable with the key that it wants.
    """

    target: str | None = None
    at: str | None = None
    server: str | None = None
    url: str | None = None
    key_env: str | None = None


class Budget(_Part, frozen=True):
    """How much may be spent, in amounts such as "$10"; days begin in `zone`."""

    day: str | None = None
    month: str | None = None
    total: str | None = None
    zone: str = "UTC"


class Traces(_Part, frozen=True):
    """Whether requests are traced (`on`), and with whom traces are shared.

    `callers`: a request continues the trace that its caller names.  `cloud`: targets in the
    cloud are told of it too, which could tell them that requests belong together.
    """

    on: bool = False
    callers: bool = True
    cloud: bool = False


class Settings(_Part, frozen=True):
    """The whole file.

    `headers` says which header of a request gives which attribute.  `state` is the folder of
    what outlives the gateway and what workers share: tokens, books of the budget, approvals;
    without it they end with the gateway.  `redis_env` is the variable with the URL of a server
    that keeps tokens and books instead, for the gateways of several machines.  `page_hosts` are
    the names by which browsers may ask for the live page, beside `host`, localhost and addresses.
    `log` is the folder of the decision log.  `probe` says whether targets are probed over the
    network.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    is_open: bool = msgspec.field(default=False, name="open")
    admin_key_env: str = "EPOL_ADMIN_KEY"
    page_hosts: list[str] = []
    probe: bool = True
    reload_seconds: float = 1.0
    state: str | None = None
    redis_env: str | None = None
    log: str | None = None
    trust: list[str] = []
    budget: Budget = Budget()
    limits: Limits = Limits()
    times: Times = Times()
    hold: Hold = Hold()
    session: Session = Session()
    targets: dict[str, Target] = {}
    callers: dict[str, Caller] = {}
    tools: dict[str, Tool] = {}
    headers: dict[str, str] = {}
    mcp: Mcp = Mcp()
    traces: Traces = Traces()


def read_settings(path: Path | None) -> Settings:
    """The settings of a file; without one, the defaults.  Raises `SettingsError`."""
    if path is None:
        return Settings()
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=Settings)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or error}") from None
    except msgspec.MsgspecError as error:
        raise SettingsError(f"{path}: {error}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: not UTF-8") from None
    check(found, str(path))
    return found


def check(settings: Settings, where: str) -> None:
    """Raise `SettingsError` for numbers that make no sense."""
    for part in (settings.limits, settings.times, settings.session):
        for name in part.__struct_fields__:
            if not getattr(part, name) > 0:
                raise SettingsError(f"{where}: `{name}` is above zero")
    for name in settings.hold.__struct_fields__:
        if getattr(settings.hold, name) < 0:
            raise SettingsError(f"{where}: `{name}` is not below zero")
    if not 0 <= settings.port <= 65_535:
        raise SettingsError(f"{where}: `port` is 0 (any) to 65535")
    if not 1 <= settings.workers <= 256:
        raise SettingsError(f"{where}: `workers` is 1 to 256")
    places = {f"tools.{name}": tool.at for name, tool in settings.tools.items()}
    for name, at in {**places, "mcp": settings.mcp.at}.items():
        if at not in (None, "local", "premises", "cloud"):
            raise SettingsError(f"{where}: {name}: `at` is local, premises or cloud")
