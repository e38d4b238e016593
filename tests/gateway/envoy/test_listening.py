"""A gRPC stream as a `Link`: nothing that Envoy says is lost, and not much of it is held."""

from __future__ import annotations

import asyncio

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.gateway.envoy.listening import Stream

TURNS = st.integers(0, 3)
"""For how many turns of the loop somebody waits."""
AHEAD = 2
"""The most that is read before it is asked for: one that waits, and one that waits to wait."""


class Said:
    """What a stream's context reads: messages, each after some turns, and then an end."""

    def __init__(self, messages: list[tuple[bytes, int]], end: object) -> None:
        self._left, self._end = list(messages), end
        self.read_so_far = 0

    async def read(self) -> object:
        if not self._left:
            if isinstance(self._end, Exception):
                raise self._end
            return self._end
        message, turns = self._left.pop(0)
        await passed(turns)
        self.read_so_far += 1
        return message


async def passed(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


async def taken(stream: Stream, turns: int) -> bytes | None:
    """The next message, by somebody who gives up after some turns and then asks again."""
    first = asyncio.create_task(stream.read())
    await passed(turns)
    if first.done() or not first.cancel():
        return await first
    try:
        return await first
    except asyncio.CancelledError:
        return await stream.read()


@given(
    messages=st.lists(st.tuples(st.binary(max_size=3), TURNS), max_size=6),
    end=st.sampled_from([grpc.aio.EOF, ConnectionError("gone"), grpc.aio.UsageError("over")]),
    patience=st.lists(TURNS, min_size=8, max_size=8),
    idle=TURNS,
)
def test_whoever_gives_up_a_message_gets_it_the_next_time(
    messages: list[tuple[bytes, int]], end: object, patience: list[int], idle: int
) -> None:
    async def run() -> list[bytes | None]:
        said = Said(messages, end)
        stream = Stream(said)
        got: list[bytes | None] = []
        for turns in patience:
            await passed(idle)
            assert said.read_so_far <= len(got) + AHEAD
            got.append(await taken(stream, turns))
        stream.close()
        return got

    told = [message for message, _ in messages]
    assert asyncio.run(run()) == told + [None] * (8 - len(told))


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_stream_that_is_closed_leaves_no_task(count: int) -> None:
    async def run() -> set[asyncio.Task[object]]:
        stream = Stream(Said([(b"x", 1)] * count, grpc.aio.EOF))
        await passed(count)
        stream.close()
        await passed(2)
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(run()) == set()
