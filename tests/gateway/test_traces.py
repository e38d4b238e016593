"""Traces: what spans say, what they do not, and who is told of them."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from epol.gateway.exchange import Exchange
from epol.gateway.settings import Settings, SettingsError, Traces
from epol.gateway.spans import TRACEPARENT, Spans
from epol.gateway.tracing import NO_TRACES, traces_of
from tests.gateway.hosting import Asked, Echo, guarded
from tests.gateway.running import MRN, chat, gateway, in_loop
from tests.gateway.targets import (
    Behaviour,
    Got,
    Writer,
    breaks_off,
    fails,
    hangs,
    targets,
    write,
)
from tests.gateway.test_serving import streams_echo
from tests.gateway.tracing import Told, in_memory, recording

ON = Settings(traces=Traces(on=True))
HARD = {"max_tokens": 2000}
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What was traced, kept in memory."""
    return in_memory(monkeypatch)


def of(span: ReadableSpan) -> dict[str, object]:
    """The attributes of a span."""
    return dict(span.attributes or {})


async def answers(got: Got, writer: Writer) -> None:
    """A target that says which release it is, and what it used."""
    message = {"role": "assistant", "content": got.json["messages"][-1]["content"]}
    usage = {"prompt_tokens": 30, "completion_tokens": 7, "total_tokens": 37}
    body = {"model": "large-2026-01-31", "choices": [{"message": message}], "usage": usage}
    write(writer, 200, json.dumps(body).encode())


@in_loop
async def test_a_request_and_its_attempts_are_spans(
    told: Told,
) -> None:
    async with (
        targets(answers, fails(503)) as (ward, azure),
        gateway(ward.url, azure.url, ON) as caller,
    ):
        sent = {TRACEPARENT: PARENT, "tracestate": f"x={MRN}", "baggage": f"who={MRN}"}
        answered = await caller.post(chat(MRN, **HARD) | {"model": "large"}, headers=sent)
        assert answered.text == MRN
        failed, asked, request = told()
        assert [failed.name, asked.name, request.name] == ["chat large", "chat small", "chat"]
        assert {f"{each.context.trace_id:032x}" for each in told() if each.context} == {TRACE}
        assert request.parent is not None
        assert f"{request.parent.span_id:016x}" == PARENT.split("-")[2]
        assert request.kind is SpanKind.SERVER
        assert of(request) == {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "large",
            "http.response.status_code": 200,
            "epol.api": "openai.chat",
            "epol.decision.id": answered.headers["x-epol-decision"],
            "epol.decision.status": "route",
            "epol.policy.name": "gate",
            "epol.policy.version": "1.0.0",
            "epol.policy.digest": caller.shared.policies.engine.policy.digest,
            "epol.target": "ward",
            "epol.attempts": ("azure=503", "ward=200"),
        }
        assert failed.kind is asked.kind is SpanKind.CLIENT
        assert of(failed)["error.type"] == "503"
        assert failed.status.status_code is StatusCode.ERROR
        assert failed.status.description is None
        assert of(asked) == {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "small",
            "gen_ai.usage.input_tokens": 30,
            "gen_ai.usage.output_tokens": 7,
            "http.response.status_code": 200,
            "epol.target": "ward",
        }, "`large-2026-01-31` is no release of `small`"
        assert failed.parent == asked.parent == request.context
        [got] = ward.got
        assert asked.context is not None
        assert got.headers[TRACEPARENT] == f"00-{TRACE}-{asked.context.span_id:016x}-01"
        assert not got.headers.keys() & {"tracestate", "baggage"}
        assert TRACEPARENT not in azure.got[0].headers, "the cloud is not told"


@in_loop
async def test_the_release_that_answered_is_told_if_it_is_one_of_the_model(
    told: Told,
) -> None:
    async with (
        targets(answers, answers) as (ward, azure),
        gateway(ward.url, azure.url, ON) as caller,
    ):
        await caller.post(chat("x", **HARD))
        asked, request = told()
        assert of(asked)["gen_ai.request.model"] == "large"
        assert of(asked)["gen_ai.response.model"] == "large-2026-01-31"
        assert "gen_ai.request.model" not in of(request), "the caller named none of the policy's"


@in_loop
@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [(hangs, "timeout"), (breaks_off, "broken-off"), (fails(200, b"no json"), "unreadable")],
)
async def test_what_failed_has_a_word_of_ours(told: Told, behaviour: Behaviour, kind: str) -> None:
    times = type(ON.times)(attempt=0.5)
    settings = Settings(traces=Traces(on=True, cloud=True, callers=False), times=times)
    async with targets(behaviour) as [target], gateway(target.url, target.url, settings) as caller:
        sent = {TRACEPARENT: PARENT}
        answered = await caller.post(chat(MRN, **HARD), headers=sent)
        assert answered.status in (502, 504)
        *attempts, request = told()
        assert [of(each)["error.type"] for each in attempts] == [kind, kind]
        assert of(request)["error.type"] == "no-target-answered"
        assert request.status.status_code is StatusCode.ERROR
        assert request.parent is None, "callers are not asked"
        assert all(TRACEPARENT in got.headers for got in target.got), "the cloud is told, too"


@in_loop
async def test_refusals_and_streams_are_told(
    told: Told,
) -> None:
    async with (
        targets(streams_echo, streams_echo) as (ward, azure),
        gateway(ward.url, azure.url, ON) as caller,
    ):
        bulk = " ".join(f"MRN 0048291{n}" for n in range(5))
        assert (await caller.post(chat(bulk))).status == 403
        assert (await caller.post(b"no json")).status == 400
        await caller.post(chat(f"about {MRN}", stream=True, **HARD))
        blocked, unread, attempt, streamed = told()
        assert of(blocked)["error.type"] == "blocked"
        assert of(blocked)["epol.decision.status"] == "block"
        assert of(unread)["error.type"] == "bad-request"
        assert attempt.parent == streamed.context
        assert attempt.end_time is not None
        assert streamed.end_time is not None
        assert attempt.end_time <= streamed.end_time
        assert of(streamed)["http.response.status_code"] == 200


@in_loop
async def test_an_app_behind_the_middleware_is_traced(told: Told, tmp_path: Path) -> None:
    epol = guarded(Echo(), tmp_path, config=ON)
    sent = {TRACEPARENT: PARENT}
    assert (await Asked(chat(MRN, **HARD), headers=sent).of(epol)).text == MRN
    [span] = told()
    assert of(span)["epol.target"] == "azure"
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == TRACE


@given(st.text(max_size=70) | st.from_regex(r"\A00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\Z"))
def test_a_parent_is_two_ids_and_flags_or_nothing(header: str) -> None:
    (provider, told), exchange = recording(), Exchange(None)
    spans = Spans(provider, Traces(on=True))
    spans.request(exchange, {TRACEPARENT: header}).end(exchange)
    # A parent that is not kept has children that are not, either.
    assert told() or header[53:].endswith(tuple("02468ace"))
    for span in told():
        assert span.parent is None or f"{span.parent.trace_id:032x}" == header[3:35]
        assert span.context is not None
        assert not span.context.trace_state


class Collector(BaseHTTPRequestHandler):
    """Takes spans as a collector does."""

    got: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        """Keep what comes."""
        self.got.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[str]:
    """The address of a collector."""
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_spans_are_sent_as_the_environment_says(
    collector: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: Mapping[str, str] = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
        "NO_PROXY": "*",
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("OTEL_SERVICE_NAME", raising=False)
    traces = traces_of(ON)
    exchange = Exchange(None)
    traces.request(exchange, {}).end(exchange)
    traces.close()
    [raw] = Collector.got
    [resource] = ExportTraceServiceRequest.FromString(raw).resource_spans
    said = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert said["service.name"] == "epol"
    assert said["deployment.environment.name"] == "test"
    [span] = resource.scope_spans[0].spans
    assert span.name == "chat"


def test_nothing_is_traced_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert traces_of(Settings()) is NO_TRACES
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "epol.gateway.spans")
    with pytest.raises(SettingsError, match=r"install epol\[traces\]"):
        traces_of(ON)


def test_files_of_another_package_in_its_place_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    exporter = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    monkeypatch.setitem(sys.modules, exporter, ModuleType(exporter))
    monkeypatch.delitem(sys.modules, "epol.gateway.spans")
    with pytest.raises(SettingsError, match="--no-deps opentelemetry-proto mends it"):
        traces_of(ON)
