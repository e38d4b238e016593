"""What answers say of their tokens, and what streams cost."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.gateway.settings import Budget, Settings
from epol.gateway.usage import StreamUsage, Usage, answered, usage_in
from tests.gateway.running import chat, gateway, in_loop
from tests.gateway.targets import Behaviour, Got, Writer, begin_stream, echo, put, targets
from tests.gateway.test_signals import PRICED, until

PIECE = {"choices": [{"index": 0, "delta": {"content": "Hello, how are you?"}}]}
USED = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}


def events(*data: object) -> bytes:
    """A stream of server-sent events."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in data]
    return "".join(f"event: x\r\ndata: {line}\r\n\r\n" for line in lines).encode()


OPENAI = events({**PIECE, "usage": None}, {"choices": [], "usage": USED}, "[DONE]")
RESPONSES = events(
    {"type": "response.created", "response": {"usage": None}},
    {"type": "response.output_text.delta", "delta": "Hello"},
    {
        "type": "response.completed",
        "response": {"usage": {"input_tokens": 20, "output_tokens": 5}},
    },
)
BEGINS = {
    "type": "message_start",
    "message": {
        "model": "m",
        "usage": {
            "input_tokens": 3,
            "cache_creation_input_tokens": 7,
            "cache_read_input_tokens": 10,
            "output_tokens": 1,
        },
    },
}
TEXT = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hello"}}
ANTHROPIC = events(
    BEGINS, TEXT, {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 5}}
)


def read(*parts: bytes, is_whole: bool = True) -> StreamUsage:
    """What is read along a stream."""
    found = StreamUsage()
    for part in parts:
        found.feed(part)
    found.is_whole = is_whole
    return found


@given(st.sampled_from([OPENAI, RESPONSES, ANTHROPIC]), st.lists(st.integers(0, 600), max_size=8))
def test_a_stream_names_its_tokens_however_it_is_cut(stream: bytes, cuts: list[int]) -> None:
    ends = sorted({0, len(stream), *(each % len(stream) for each in cuts)})
    found = read(*(stream[low:high] for low, high in pairwise(ends)))
    assert found.said == found.used(10_000) == Usage(prompt_tokens=20, completion_tokens=5)
    found.is_whole = False
    assert found.said is found.used(10_000) is None, "it broke off"


@given(st.binary(max_size=200), st.sampled_from([b"", b"data:", b'data:{"usage":']))
def test_nothing_that_comes_breaks_it(data: bytes, before: bytes) -> None:
    found = read(before + data, b"\n", data, OPENAI)
    assert found.used(30) is not None


def test_what_is_not_said_is_counted() -> None:
    found = read(events(PIECE, PIECE, "[DONE]"))
    assert found.said is None
    used = found.used(301)
    assert used is not None
    assert (used.read, used.written) == (101, -(-2 * len("Hello, how are you?") // 3))
    began = read(events(BEGINS, TEXT))
    assert began.said is None, "the first event knows nothing of the end"
    used = began.used(301)
    assert used is not None
    assert (used.read, used.written) == (20, 5), "the text, and what it is"


@pytest.mark.parametrize(
    "odd",
    [
        b'data: {"choices":[{"delta":{"content":"\\ud800"}}]}\n\n',
        b'data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n',
        b"data: null\n\n",
        b"data: " + b"x" * 5_000_000,
    ],
    ids=["surrogate", "no-utf-8", "no-event", "too-long"],
)
def test_what_cannot_be_read_may_have_been_anything(odd: bytes) -> None:
    assert read(events(PIECE), odd, b"\n", events("[DONE]")).used(301) is None
    assert read(odd, b"\n", OPENAI).used(301) == Usage(prompt_tokens=20, completion_tokens=5)


@pytest.mark.parametrize(
    "usage",
    [{}, {"prompt_tokens": -1}, {"completion_tokens": 2**31}, {"prompt_tokens": "9"}, [1], 3],
)
def test_what_cannot_be_is_not_believed(usage: object) -> None:
    body = {"model": "m", "usage": usage}
    assert usage_in(json.dumps(body).encode()) is None
    assert answered(json.dumps(body).encode()).model == "m"
    assert read(events({"choices": [], "usage": usage})).said is None


def test_a_line_that_is_too_long_is_let_go() -> None:
    long = events({**PIECE, "padding": "x" * 5_000_000, "usage": USED})
    pieces = [long[at : at + 100_000] for at in range(0, len(long), 100_000)]
    assert read(*pieces).said is None
    assert read(*pieces, OPENAI).said is not None
    assert read(*pieces[1:], OPENAI).said is not None


def streams(stream: bytes, *, breaks: bool = False) -> Behaviour:
    """A target that streams this, and may break off."""

    async def behave(_got: Got, writer: Writer) -> None:
        begin_stream(writer)
        put(writer, stream)
        if breaks:
            writer.close()
        else:
            writer.write(b"0\r\n\r\n")

    return behave


def piece(finish: str | None = None, **delta: str) -> dict[str, object]:
    """A chunk of a chat."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}


NAMED: dict[str, object] = {**piece(), "choices": [], "usage": USED}


@in_loop
async def test_a_stream_costs_what_it_names_or_what_came() -> None:
    asked = chat("x", max_tokens=1000, stream=True)
    size = len(json.dumps(asked).encode())
    text = piece(role="assistant", content="abc" * 100)
    last = piece("stop")
    came = len("assistant") + 300 + len("stop")
    read_it = -(-size // 3) * 1000
    most = read_it + 500 * 2000  # the policy's cap
    settings = Settings(budget=Budget(total="$100"))
    async with (
        targets(echo, streams(events(text, last, NAMED, "[DONE]"))) as (ward, paid),
        gateway(ward.url, ward.url, settings, PRICED, PAID_URL=paid.url) as caller,
    ):
        spending = caller.shared.spending
        assert spending is not None
        spent = 0
        for behaviour, cost in (
            (paid.behaviour, 20 * 1000 + 5 * 2000),
            (streams(events(text, last, "[DONE]")), read_it + -(-came // 3) * 2000),
            (streams(events(text, last, NAMED, "[DONE]")[:-20], breaks=True), most),
            (streams(events(text), breaks=True), most),
        ):
            paid.behaviour = behaviour
            await caller.post(asked)
            await until(lambda: sum(map(int, filter(None, spending.balance()))) == 100_000_000)
            assert spending.balance().spent - spent == cost
            spent = spending.balance().spent
        assert len(paid.got) == 4
