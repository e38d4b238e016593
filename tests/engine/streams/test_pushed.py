"""A stream that is pushed comes out as one that is pulled."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle.treatment import Treatment
from epol.engine.errors import RequestError
from epol.engine.streams.stream import APIS, Pushed, run
from tests.engine.streams.flows import MRN, Flow, everywhere
from tests.engine.streams.made import chat, messages, responses

TEXTS = ["see ", "MRN 123456", "78 or ", MRN, " and badge E-123", " in a1234b."]
STREAMS = {
    "openai.chat": chat(TEXTS),
    "openai.responses": responses(TEXTS),
    "anthropic.messages": messages(TEXTS),
}


@given(
    api=st.sampled_from(sorted(STREAMS)),
    cuts=st.lists(st.integers(0, 3000), max_size=8),
    kept=st.integers(0, 4000),
    most=st.sampled_from([dict[str, int](), {"phi.mrn": 0}]),
)
def test_the_same_bytes_come_out(
    api: str, cuts: list[int], kept: int, most: dict[str, int]
) -> None:
    stream = STREAMS[api][:kept]
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    chunks = [stream[a:b] for a, b in pairwise(edges)]
    flows = [Flow(plan=everywhere(Treatment.REDACT), most=most) for _ in range(2)]
    pulled = b"".join(run(api, chunks, flows[0]))
    pushed = Pushed(api, flows[1])
    fed = [pushed.feed(chunk) for chunk in chunks]
    assert pushed.is_over == (b"rule bulk" in b"".join(fed))
    assert b"".join([*fed, pushed.finish()]) == pulled
    assert pushed.is_over
    assert pushed.feed(stream) == pushed.finish() == b"", "it is over"
    pushed.close()
    pushed.close()
    assert flows[1].closed == flows[0].closed == 1


def test_what_is_no_stream_of_an_api_is_refused() -> None:
    with pytest.raises(RequestError):
        Pushed("openai.embeddings", Flow())
    assert set(STREAMS) == set(APIS)
