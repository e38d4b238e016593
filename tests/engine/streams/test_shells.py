"""Where streams begin and end: sync and async, closed, cancelled, broken off; nothing stays."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator

import pytest

from epol.engine.bundle.treatment import Treatment
from epol.engine.errors import StreamError
from epol.engine.streams.answer import Answer
from epol.engine.streams.stream import APIS, run
from tests.engine.streams.flows import Flow, RefusedError, plan
from tests.engine.streams.made import chat, chat_calls, choice, chunk, messages, responses

CANARY = "Quetzalcoatl"
TEXTS = [f"{CANARY} ", "MRN 12", "3456 ", "[phi.", "mrn:"] * 9
WHOLE = {
    "openai.chat": chat(TEXTS),
    "openai.responses": responses(TEXTS, TEXTS),
    "anthropic.messages": messages(TEXTS, TEXTS),
}


def treating() -> Flow:
    return Flow(plan(phi__mrn=Treatment.REDACT))


def pieces(stream: bytes, size: int = 100) -> list[bytes]:
    return [stream[at : at + size] for at in range(0, len(stream), size)]


class Source:
    """Chunks of a stream, and what became of their iterator."""

    def __init__(self, chunks: list[bytes], error: Exception | None = None) -> None:
        self.chunks, self.error = chunks, error
        self.asked, self.is_closed = 0, False

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk_ in self.chunks:
                self.asked += 1
                yield chunk_
            if self.error is not None:
                raise self.error
        finally:
            self.is_closed = True


class AsyncSource:
    """The same for async streams."""

    def __init__(self, chunks: list[bytes], error: Exception | None = None) -> None:
        self.chunks, self.error = chunks, error
        self.asked, self.is_closed = 0, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            for chunk_ in self.chunks:
                self.asked += 1
                await asyncio.sleep(0)
                yield chunk_
            if self.error is not None:
                raise self.error
        finally:
            self.is_closed = True


async def collected(api: str, source: AsyncSource, flow: Flow) -> list[bytes]:
    return [each async for each in run(api, source, flow)]


@pytest.mark.parametrize("api", WHOLE)
def test_async_streams_are_as_sync_ones(api: str) -> None:
    source = AsyncSource(pieces(WHOLE[api]))
    made = asyncio.run(collected(api, source, treating()))
    assert made == list(run(api, pieces(WHOLE[api]), treating()))
    assert source.is_closed


@pytest.mark.parametrize("api", WHOLE)
def test_what_comes_is_handed_on_at_once(api: str) -> None:
    source = Source(pieces(WHOLE[api]))
    made = run(api, source, Flow(watched=()))
    for count in range(1, 5):
        assert next(made)
        assert source.asked <= 3 * count + 1


@pytest.mark.parametrize("api", WHOLE)
def test_an_error_of_the_upstream_is_raised_and_nothing_held_goes_out(api: str) -> None:
    stream = WHOLE[api][: len(WHOLE[api]) // 2]
    source = Source(pieces(stream), ConnectionError("reset"))
    made: list[bytes] = []
    with pytest.raises(ConnectionError, match="reset"):
        made.extend(run(api, source, treating()))
    answer = Answer(APIS[api], treating())
    assert b"".join(made) == b"".join(map(answer.feed, pieces(stream)))
    assert source.is_closed


@pytest.mark.parametrize("api", WHOLE)
def test_the_caller_may_close_a_stream(api: str) -> None:
    source = Source(pieces(WHOLE[api]))
    made = run(api, source, treating())
    next(made)
    made.close()  # type: ignore[attr-defined]
    assert source.is_closed
    assert source.asked < len(source.chunks)


def test_an_async_stream_may_be_cancelled() -> None:
    async def work() -> AsyncSource:
        source = AsyncSource(pieces(WHOLE["openai.chat"]))

        async def read() -> None:
            async for _ in run("openai.chat", source, treating()):
                await asyncio.sleep(60)

        task = asyncio.create_task(read())
        while not source.asked:
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.get_running_loop().shutdown_asyncgens()
        return source

    source = asyncio.run(work())
    assert source.is_closed


def test_an_async_error_of_the_upstream() -> None:
    source = AsyncSource(pieces(WHOLE["openai.chat"][:900]), ConnectionError("reset"))
    with pytest.raises(ConnectionError, match="reset"):
        asyncio.run(collected("openai.chat", source, treating()))
    assert source.is_closed


class FailingFlow(Flow):
    """A flow with a defect."""

    def tool_call(self, name: str, identity: str, arguments: str) -> str:
        raise ZeroDivisionError


def test_a_defect_is_raised_behind_the_error_event() -> None:
    stream = chat_calls([("f", ["{}"])])
    made: list[bytes] = []
    with pytest.raises(StreamError, match=r"a defect \(ZeroDivisionError\)"):
        made.extend(run("openai.chat", [stream], FailingFlow(watched=())))
    assert b"could not be treated" in b"".join(made)

    async def read() -> None:
        made.clear()
        made.extend([e async for e in run("openai.chat", AsyncSource([stream]), FailingFlow())])

    with pytest.raises(StreamError, match=r"a defect \(ZeroDivisionError\)"):
        asyncio.run(read())


def test_chunks_without_a_close_are_fine() -> None:
    assert b"".join(run("openai.chat", pieces(WHOLE["openai.chat"]), treating()))
    assert list(run("openai.chat", [], treating())) == []

    class Bare:
        def __init__(self) -> None:
            self.rest = pieces(WHOLE["openai.chat"])

        def __aiter__(self) -> Bare:
            return self

        async def __anext__(self) -> bytes:
            if not self.rest:
                raise StopAsyncIteration
            return self.rest.pop(0)

    async def read() -> list[bytes]:
        return [each async for each in run("openai.chat", Bare(), treating())]

    assert asyncio.run(read())


def texts_of(value: object) -> list[str]:
    """Strings and bytes with the canary that an object of ours holds on to."""
    found, seen = list[str](), set[int]()
    waiting: list[object] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str | bytes | bytearray) and CANARY in str(each):
            found.append(str(each))
        is_ours = type(each).__module__.startswith("epol.engine.streams")
        is_ours |= type(each).__module__ == "epol.engine.text.restoring"
        is_ours |= type(each) in {list, dict, set, tuple}
        if id(each) not in seen and is_ours:
            seen.add(id(each))
            waiting.extend(gc.get_referents(each))
    return found


def assert_leads_nowhere(error: Exception | None) -> None:
    """No frame and no other error, whose variables have the text."""
    assert error is None or (error.__traceback__ is None and error.__context__ is None)


@pytest.mark.parametrize("api", WHOLE)
@pytest.mark.parametrize("end", ["finished", "dropped", "refused", "cut off"])
def test_no_text_is_kept(api: str, end: str) -> None:
    flow = Flow(plan(phi__mrn=Treatment.REDACT), most={"phi.mrn": 3} if end == "refused" else {})
    answer = Answer(APIS[api], flow)
    stream = WHOLE[api]
    answer.feed(stream[: len(stream) * 2 // 3])
    assert bool(texts_of(answer)) == (end != "refused")
    if end == "dropped":
        answer.drop()
    elif end == "cut off":
        answer.finish()
    else:
        answer.feed(stream[len(stream) * 2 // 3 :])
        answer.finish()
    assert (answer.failure is None) == (end in {"finished", "dropped"})
    assert isinstance(answer.failure, RefusedError) == (end == "refused")
    assert answer.held == 0
    assert not texts_of(answer)
    assert_leads_nowhere(answer.failure)


def test_an_event_in_the_middle_of_a_call_keeps_no_arguments() -> None:
    answer = Answer(APIS["openai.chat"], Flow(watched=()))
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": f'"{CANARY}'}}
    answer.feed(chunk(choice({"tool_calls": [call]})))
    assert texts_of(answer)
    assert CANARY.encode() not in answer.finish()
    assert "before the answer does" in str(answer.failure)
    assert not texts_of(answer)
    assert_leads_nowhere(answer.failure)
