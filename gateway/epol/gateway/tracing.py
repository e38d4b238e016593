"""What is traced of a request: spans with names and numbers, if somebody asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from epol.gateway.settings import Settings, SettingsError

if TYPE_CHECKING:
    from epol.gateway.exchange import Exchange
    from epol.gateway.upstreams import Upstream
    from epol.gateway.usage import Usage

_NOTHING: Mapping[str, str] = {}


class AttemptSpan(Protocol):
    """One target that is asked, from the request to the end of its answer."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What the target is told of the trace."""
        ...

    def answered(self, status: int, body: bytes) -> None:
        """What the target answered, whole."""
        ...

    def used(self, usage: Usage | None) -> None:
        """The tokens of a streamed answer, where they are known."""
        ...

    def __enter__(self) -> AttemptSpan: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class RequestSpan(Protocol):
    """A request, from its head to the end of its answer."""

    def attempt(self, upstream: Upstream) -> AttemptSpan:
        """A target is asked now."""
        ...

    def asked(self, model: object) -> None:
        """The model that the body names."""
        ...

    def end(self, exchange: Exchange) -> None:
        """It is over."""
        ...


class Traces(Protocol):
    """Where spans come from."""

    def request(self, exchange: Exchange, headers: Mapping[str, str]) -> RequestSpan:
        """A request begins."""
        ...

    def known(self, models: frozenset[str]) -> None:
        """The names of models that spans may have: those of the policy."""
        ...

    def close(self) -> None:
        """Send what has not been sent."""
        ...


class _NoAttempt:
    headers = _NOTHING

    def answered(self, status: int, body: bytes) -> None:
        """Nobody wants to know."""

    def used(self, usage: Usage | None) -> None:
        """Nobody wants to know."""

    def __enter__(self) -> _NoAttempt:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


class _NoRequest:
    def attempt(self, upstream: Upstream) -> AttemptSpan:  # noqa: ARG002 (nobody wants to know)
        """See `RequestSpan`."""
        return _NO_ATTEMPT

    def asked(self, model: object) -> None:
        """See `RequestSpan`."""

    def end(self, exchange: Exchange) -> None:
        """See `RequestSpan`."""


class _NoTraces:
    def request(
        self,
        exchange: Exchange,  # noqa: ARG002 (nobody wants to know)
        headers: Mapping[str, str],  # noqa: ARG002
    ) -> RequestSpan:
        """See `Traces`."""
        return NO_SPAN

    def known(self, models: frozenset[str]) -> None:
        """See `Traces`."""

    def close(self) -> None:
        """See `Traces`."""


_NO_ATTEMPT: AttemptSpan = _NoAttempt()
_MEND = "pip install --force-reinstall --no-deps opentelemetry-proto"
NO_SPAN: RequestSpan = _NoRequest()
NO_TRACES: Traces = _NoTraces()
"""Where nobody asked for traces: nothing is done."""


def traces_of(settings: Settings) -> Traces:
    """The traces that a configuration asks for, begun in this process.

    Raises `SettingsError` where what they need is not installed, or has been written over.
    """
    if not settings.traces.on:
        return NO_TRACES
    try:
        from epol.gateway.spans import Spans, exporting  # noqa: PLC0415 (only who asks pays)
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"traces need {error.name}, which is not installed: install epol[traces]"
        ) from None
    except ImportError:
        # xds-protos has files of the same names, of an older version; who is installed last wins.
        raise SettingsError(
            "traces: files of xds-protos (extra `envoy`) have taken the place of "
            f"opentelemetry-proto's; {_MEND} mends it"
        ) from None
    return Spans(exporting(), settings.traces)
