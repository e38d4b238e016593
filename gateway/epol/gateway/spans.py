"""Spans of OpenTelemetry: the only place that imports it.

Attributes are those of the semantic conventions for generative AI,
<https://github.com/open-telemetry/semantic-conventions-genai>, and `epol.*`.  All values are names
of policy and configuration, words of the code, and numbers: none is text of a request or an answer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from types import TracebackType

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue

from epol.gateway.exchange import Exchange
from epol.gateway.settings import Traces
from epol.gateway.upstreams import Upstream
from epol.gateway.usage import Usage, answered

TRACEPARENT = "traceparent"
_PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
"""W3C Trace Context, level 1: <https://www.w3.org/TR/trace-context/>."""
_RELEASE = re.compile(r"(?:[-@:_](?:20\d{6}|20\d\d-\d\d-\d\d|v?\d{1,3}|latest|preview))*")
"""What providers put behind the name of a model to say which release answered."""
_MOST_TOKENS = 10_000_000
_OPERATIONS = {"openai.embeddings": "embeddings"}
_SERVICE = "epol"


def exporting() -> TracerProvider:
    """Spans that are sent by OTLP over HTTP, as the variables `OTEL_*` say."""
    own = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: _SERVICE}
    provider = TracerProvider(resource=Resource.create(own))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class Spans:
    """Makes the spans of a process; see `tracing.Traces`."""

    def __init__(self, provider: TracerProvider, settings: Traces) -> None:
        self._provider, self._settings = provider, settings
        self._tracer = provider.get_tracer(_SERVICE)
        self._models = frozenset[str]()

    def known(self, models: frozenset[str]) -> None:
        """The names of models that spans may have: those of the policy."""
        self._models = models

    def request(self, exchange: Exchange, headers: Mapping[str, str]) -> _Request:
        """A request begins, within the caller's trace if there is one."""
        operation = _OPERATIONS.get(exchange.api, "chat")
        span = self._tracer.start_span(
            operation,
            _parent(headers) if self._settings.callers else None,
            SpanKind.SERVER,
            {
                "gen_ai.operation.name": operation,
                "gen_ai.provider.name": exchange.wire,
                "epol.api": exchange.api,
                "epol.decision.id": exchange.id,
            },
        )
        return _Request(self._tracer, span, operation, exchange.wire, self._settings, self._models)

    def close(self) -> None:
        """Send what has not been sent, and end."""
        self._provider.shutdown()


class _Request:
    """See `tracing.RequestSpan`."""

    def __init__(
        self,
        tracer: trace.Tracer,
        span: Span,
        operation: str,
        wire: str,
        settings: Traces,
        models: frozenset[str],
    ) -> None:
        self._tracer, self._span, self._operation = tracer, span, operation
        self._wire, self._settings, self._models = wire, settings, models

    def asked(self, model: object) -> None:
        """The model that the body names; told if it is one of the policy's, or the policy."""
        if isinstance(model, str) and model in self._models:
            self._span.set_attribute("gen_ai.request.model", model)

    def attempt(self, upstream: Upstream) -> _Attempt:
        """A target is asked now."""
        model = upstream.model
        attributes: dict[str, str] = {
            "gen_ai.operation.name": self._operation,
            "gen_ai.provider.name": self._wire,
            "epol.target": upstream.name,
        }
        if model is not None:
            attributes["gen_ai.request.model"] = model
        span = self._tracer.start_span(
            self._operation if model is None else f"{self._operation} {model}",
            trace.set_span_in_context(self._span, Context()),
            SpanKind.CLIENT,
            attributes,
        )
        return _Attempt(span, model, is_told=not upstream.is_cloud or self._settings.cloud)

    def end(self, exchange: Exchange) -> None:
        """It is over: how it was decided, who answered, what went wrong."""
        span = self._span
        if span.is_recording():
            span.set_attributes(dict(_told(exchange)))
            if exchange.status >= 500:
                span.set_status(StatusCode.ERROR)
        span.end()


class _Attempt:
    """See `tracing.AttemptSpan`."""

    def __init__(self, span: Span, model: str | None, *, is_told: bool) -> None:
        self._span, self._model = span, model
        self.headers: Mapping[str, str] = _headers(span) if is_told else {}

    def answered(self, status: int, body: bytes) -> None:
        """The status of a whole answer; the release that answered, and its tokens."""
        span = self._span
        span.set_attribute("http.response.status_code", status)
        if not span.is_recording():
            return
        found = answered(body)
        if self._model is not None and _is_release(found.model, self._model):
            span.set_attribute("gen_ai.response.model", str(found.model))
        self.used(found.usage)

    def used(self, usage: Usage | None) -> None:
        """The tokens of an answer, where they are known."""
        if usage is not None:
            _count(self._span, "gen_ai.usage.input_tokens", usage.read)
            _count(self._span, "gen_ai.usage.output_tokens", usage.written)

    def __enter__(self) -> _Attempt:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and kind is not None:
            # Its kind or code is a word of ours; its own words may be anybody's.
            said = getattr(error, "kind", None) or getattr(error, "code", None) or kind.__name__
            self._span.set_attribute("error.type", str(said))
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


def _told(exchange: Exchange) -> Iterator[tuple[str, AttributeValue]]:
    """What is told of a request that is over."""
    yield "http.response.status_code", exchange.status
    decision = exchange.decision
    if decision is not None:
        policy = decision.policy
        yield "epol.decision.status", decision.status
        yield "epol.policy.name", policy.name
        yield "epol.policy.version", policy.version or ""
        yield "epol.policy.digest", policy.digest
    if exchange.target is not None:
        yield "epol.target", exchange.target
    if exchange.attempts.told:
        yield "epol.attempts", [str(each) for each in exchange.attempts.told]
    if exchange.problem is not None:
        yield "error.type", exchange.problem.code
    elif exchange.status >= 400:
        yield "error.type", str(exchange.status)


def _parent(headers: Mapping[str, str]) -> Context | None:
    """The span that a caller names: no more of it is taken than the two ids and the flags.

    What comes in `tracestate` and `baggage` is text, and is not read.
    """
    found = _PARENT.fullmatch(headers.get(TRACEPARENT, ""))
    if found is None:
        return None
    trace_id, span_id, flags = (int(each, 16) for each in found.groups())
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags & 1))
    if not context.is_valid:
        return None
    return trace.set_span_in_context(trace.NonRecordingSpan(context), Context())


def _headers(span: Span) -> Mapping[str, str]:
    context = span.get_span_context()
    if not context.is_valid:
        return {}
    ids = f"{context.trace_id:032x}-{context.span_id:016x}"
    return {TRACEPARENT: f"00-{ids}-{context.trace_flags:02x}"}


def _is_release(said: object, model: str) -> bool:
    """Whether a name is that of a model, with nothing behind it but which release it is."""
    if not isinstance(said, str) or not said.startswith(model):
        return False
    return _RELEASE.fullmatch(said[len(model) :]) is not None


def _count(span: Span, name: str, said: int) -> None:
    if 0 < said <= _MOST_TOKENS:
        span.set_attribute(name, said)
