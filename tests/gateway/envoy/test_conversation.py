"""Whatever Envoy says, in whatever order, a stream ends in good order only when all is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator, Mapping
from importlib import import_module
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.signals.breaker import State
from epol.gateway.app import Gateway
from epol.gateway.envoy.messages import BUFFERED, FULL_DUPLEX
from epol.gateway.envoy.passing import Passing
from epol.gateway.envoy.processing import BrokenError, Processor
from epol.gateway.metrics import Metrics
from epol.gateway.settings import Settings
from epol.gateway.state import Shared, shared_state
from epol.gateway.upstreams import routed_upstreams
from tests.gateway.running import CHAT, MRN, bundle, chat
from tests.gateway.targets import chat_answer
from tests.gateway.test_serving import events

pb: Any = import_module("envoy.service.ext_proc.v3.external_processor_pb2")
SECRET = b"00482913"
SETTINGS = Settings(probe=False)


class Said:
    """A `Link` on which everything has been said beforehand."""

    def __init__(self, *messages: bytes) -> None:
        self.left = list(messages)
        self.written: list[Any] = []
        self.has_ended = self.has_heard_all = False

    async def read(self) -> bytes | None:
        await asyncio.sleep(0)
        self.has_ended = not self.left
        if self.has_ended:
            return None
        message = self.left.pop(0)
        self.has_heard_all = ends_an_answer(message)
        return message

    async def write(self, *messages: bytes) -> None:
        self.written += [pb.ProcessingResponse.FromString(each) for each in messages]

    @property
    def kinds(self) -> list[str]:
        return [each.WhichOneof("response") for each in self.written]


def ends_an_answer(message: bytes) -> bool:
    """Whether it is the last that Envoy says of a target's answer."""
    try:
        said = pb.ProcessingRequest.FromString(message)
    except DecodeError:
        return False
    kind = said.WhichOneof("request") or ""
    if kind in ("response_headers", "response_body"):
        return bool(getattr(said, kind).end_of_stream)
    return kind == "response_trailers"


def message(kind: str, **fields: object) -> bytes:
    made = pb.ProcessingRequest()
    getattr(made, kind).SetInParent()
    for name, value in fields.items():
        setattr(getattr(made, kind), name, value)
    return bytes(made.SerializeToString())


def head(kind: str, mode: str, fields: Mapping[str, str], *, ends: bool = False) -> bytes:
    made = pb.ProcessingRequest()
    said = getattr(made, kind)
    said.end_of_stream = ends
    for name, value in fields.items():
        said.headers.headers.add(key=name, raw_value=value.encode())
    modes = pb.ProtocolConfiguration.DESCRIPTOR.fields_by_name["request_body_mode"].enum_type
    made.protocol_config.request_body_mode = modes.values_by_name[BUFFERED].number
    made.protocol_config.response_body_mode = modes.values_by_name[mode].number
    return bytes(made.SerializeToString())


def asks(
    mode: str = FULL_DUPLEX, path: str = CHAT, method: str = "POST", *, ends: bool = False
) -> bytes:
    return head("request_headers", mode, {":path": path, ":method": method}, ends=ends)


def answers(status: str = "200", kind: str = "application/json", *, ends: bool = False) -> bytes:
    fields = {":status": status, "content-type": kind}
    return head("response_headers", FULL_DUPLEX, fields, ends=ends)


BODY = json.dumps(chat(MRN, max_tokens=2000)).encode()
STREAM = json.dumps(chat(MRN, max_tokens=2000, stream=True)).encode()
REQUEST = message("request_body", body=BODY, end_of_stream=True)
ANSWER = message("response_body", body=chat_answer("hello"), end_of_stream=True)
PIECES = [message("response_body", body=each) for each in events("hel", "lo")]
END = message("response_body", end_of_stream=True)
TRAILERS = message("response_trailers")
ANYTHING = st.one_of(
    st.sampled_from(
        [
            *(asks(mode, ends=ends) for mode in (BUFFERED, FULL_DUPLEX) for ends in (True, False)),
            asks("STREAMED"),
            asks(path="/v1/models", method="GET", ends=True),
            *(REQUEST, message("request_body", body=BODY), message("request_trailers")),
            message("request_body", body=STREAM, end_of_stream=True),
            *(answers(), answers("500", ends=True), answers(kind="text/event-stream")),
            *(ANSWER, *PIECES, END, TRAILERS, message("response_body", body=b"{")),
            pb.ProcessingRequest().SerializeToString(),
        ]
    ),
    st.binary(max_size=20),
)


_made: list[Shared] = []


@pytest.fixture(scope="module", autouse=True)
def closed() -> Generator[None]:
    yield
    for each in _made:
        each.close()


def usable() -> Shared:
    """A policy with its targets, of which none has failed so often that it is not asked."""
    if _made:
        now = _made[-1].policies.now
        if all(now.health.state(each) is State.CLOSED for each in now.upstreams):
            return _made[-1]
    _made.append(shared_state(bundle(), SETTINGS, {}, upstreams=routed_upstreams))
    return _made[-1]


def process(*messages: bytes) -> tuple[Said, bool]:
    """What is written in answer, and whether the stream ends in good order."""
    link = Said(*messages)
    shared = usable()

    async def run() -> bool:
        metrics = Metrics()
        gateway = Gateway(shared, SETTINGS, metrics, transport=Passing())
        await gateway.start()
        try:
            async with asyncio.timeout(120):
                await Processor(gateway, shared.policies, metrics).process(link, ())
        except BrokenError:
            return False
        return True

    return link, asyncio.run(run())


@given(said=st.lists(ANYTHING, max_size=8), begins=st.integers(0, 3))
def test_a_stream_ends_in_good_order_only_when_all_is_answered(
    said: list[bytes], begins: int
) -> None:
    begin = [asks(), REQUEST, answers()][:begins]
    link, is_good = process(*begin, *said)
    assert SECRET not in str(link.written).encode()
    if is_good:
        assert link.has_ended or link.has_heard_all
        assert is_whole(link)


def is_whole(link: Said) -> bool:
    """Whether the last that was written ends the answer."""
    last = link.written[-1]
    kind = last.WhichOneof("response")
    streamed = last.response_body.response.body_mutation.streamed_response
    ends = not last.response_body.response.body_mutation.HasField("streamed_response")
    return kind in ("immediate_response", "response_trailers") or (
        kind == "response_body" and (ends or streamed.end_of_stream)
    )


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ([asks(), REQUEST, answers(), ANSWER], ["request", "response_headers", "response_body"]),
        (
            [asks(BUFFERED), REQUEST, answers(), ANSWER],
            ["request", "response_headers", "response_body"],
        ),
        (
            [asks(), REQUEST, answers(), message("response_body", body=chat_answer("")), TRAILERS],
            ["request", "response_headers", "response_body", "response_trailers"],
        ),
        ([asks(), REQUEST, answers("500", ends=True)], ["request", "immediate_response"]),
        ([asks(), REQUEST, ANSWER], ["request", "immediate_response"]),
        ([asks(ends=True)], ["immediate_response"]),
        ([REQUEST], ["immediate_response"]),
        ([b"\xff"], ["immediate_response"]),
    ],
)
def test_what_is_answered_to_what(said: list[bytes], kinds: list[str]) -> None:
    link, is_good = process(*said)
    assert is_good
    expected = [each for kind in kinds for each in _both(kind)]
    assert link.kinds == expected


def _both(kind: str) -> list[str]:
    return ["request_headers", "request_body"] if kind == "request" else [kind]


@pytest.mark.parametrize("cut", range(1, 6))
def test_an_end_before_the_end_is_no_good_order(cut: int) -> None:
    stream = [asks(), message("request_body", body=STREAM, end_of_stream=True)]
    stream += [answers(kind="text/event-stream"), *PIECES[:2], message("response_body", body=b"x")]
    link, is_good = process(*stream[:cut])
    assert not is_good
    assert "immediate_response" not in link.kinds
