"""Bytes to events and back: nothing is lost, and cuts make no difference."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.errors import StreamError
from epol.engine.streams import sse
from epol.engine.streams.sse import Edit, Event, Splitter, written


def split(chunks: list[bytes], limit: int = 10_000) -> list[Event]:
    splitter = Splitter(limit)
    events = [event for chunk in chunks for event in splitter.feed(chunk)]
    return events + list(splitter.finish())


def seen(events: list[Event]) -> list[tuple[str, str | None]]:
    return [(event.name, event.data) for event in events]


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({each % (len(data) + 1) for each in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(places)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_fields(end: str) -> None:
    lines = [
        "\ufeffevent: one",
        "data: {",
        'data:"a"',
        "data:  1 }",
        "",
        ": a comment",
        "",
        "id: 7",
        "retry: 100",
        "data",
        "",
        "",
        "dat: no data",
        "event:two",
        "",
        "data: é\u2028x",
        "",
        "data: [DONE]",
        "",
        "",
    ]
    whole = end.join(lines).encode()
    events = split([whole])
    assert seen(events) == [
        ("one", '{\n"a"\n 1 }'),
        ("", None),
        ("", ""),
        ("", None),
        ("two", None),
        ("", "é\u2028x"),
        ("", "[DONE]"),
    ]
    assert b"".join(event.raw for event in events) == whole


def test_a_mark_is_one_at_the_beginning_only() -> None:
    assert seen(split([b"\n\xef\xbb\xbfdata: x\n\n"])) == [("", None), ("", None)]
    assert seen(split([b"\xef\xbb\xbf\ndata: x\n\n"])) == [("", None), ("", "x")]


LINES = st.sampled_from(
    ["data: x", "data: é漢\U0001f600", "data:", "data", "event: y", ":c", "", "", "id:1", "\ufeff"]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
STREAMS = st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\r"])), max_size=12).map(
    lambda lines: "".join(line + end for line, end in lines).encode() + b"\n\n"
)


@given(STREAMS, st.lists(st.integers(0, 500), max_size=12))
def test_cuts_make_no_difference_and_no_byte_is_lost(stream: bytes, cuts: list[int]) -> None:
    events, again = split([stream]), split(cut(stream, cuts))
    assert [event.raw for event in again] == [event.raw for event in events]
    assert seen(again) == seen(events)
    assert b"".join(event.raw for event in events) == stream


@given(STREAMS)
def test_byte_by_byte(stream: bytes) -> None:
    single = split([stream[at : at + 1] for at in range(len(stream))])
    assert [event.raw for event in single] == [event.raw for event in split([stream])]


def test_an_event_comes_as_soon_as_it_is_complete() -> None:
    splitter = Splitter()
    assert not list(splitter.feed(b"data: x\n"))
    assert seen(list(splitter.feed(b"\n"))) == [("", "x")]
    # With CR, the next byte tells whether the line end was complete.
    assert not list(splitter.feed(b"data: y\r\r"))
    assert [event.raw for event in splitter.feed(b"\n")] == [b"data: y\r\r\n"]
    assert not list(splitter.feed(b"data: z\r\r"))
    assert [event.raw for event in splitter.finish()] == [b"data: z\r\r"]


@given(st.lists(st.integers(0, 500), max_size=12))
def test_edits_change_what_they_are_for_and_nothing_else(cuts: list[int]) -> None:
    stream = (
        '\ufeff: é\r\nevent: m\r\ndata: {"a":\r\nid: 1\r\ndata:  "é漢", "b": "y"}\r\n\r\n'.encode()
    )
    (event,) = split(cut(stream, cuts))
    assert event.data == '{"a":\n "é漢", "b": "y"}'
    start = event.data.index("é")
    last = event.data.index('y"')
    edits = [Edit(start, start + 2, "new\u2028é"), Edit(last, last + 1, "")]
    edited = event.edited(edits)
    assert edited == stream.replace("é漢".encode(), "new\u2028é".encode()).replace(b'"y"', b'""')
    assert event.edited([]) == stream
    assert event.edited([Edit(0, 1, "[")]) == stream.replace(b"{", b"[")


def test_an_edit_outside_the_data_is_an_error() -> None:
    (event,) = split([b"data: x\n\n"])
    with pytest.raises(ValueError, match="not within"):
        event.edited([Edit(2, 3, "")])


def test_an_event_is_written_as_it_is_read() -> None:
    assert seen(split([written("{}"), written("[1]", "error")])) == [("", "{}"), ("error", "[1]")]


@pytest.mark.parametrize("stream", [b"data: x", b"data: x\n", b"\n\ndata: x\r\n", b"\xef\xbb\xbf"])
def test_a_stream_that_ends_in_an_event_is_an_error(stream: bytes) -> None:
    splitter = Splitter()
    list(splitter.feed(stream))
    with pytest.raises(StreamError, match="middle of an event"):
        list(splitter.finish())
    assert not list(splitter.finish())


def test_what_is_no_utf_8_is_an_error() -> None:
    with pytest.raises(StreamError, match="UTF-8"):
        split([b"data: \xff\n\n"])


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_large_event_is_an_error_as_soon_as_it_is_too_large(size: int) -> None:
    splitter = Splitter(limit=50)
    fits = b"data: " + b"x" * 42 + b"\n\n"
    assert len([e for c in cut(fits * 3, [*range(0, 150, size)]) for e in splitter.feed(c)]) == 3
    for _ in range(50 // size):
        assert not list(splitter.feed(b"x" * size))
    with pytest.raises(StreamError, match="more than 50 bytes"):
        list(splitter.feed(b"x" * size))


def test_large_events_are_not_searched_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    searched = 0

    class Counting:
        def search(self, data: bytearray, at: int) -> None:
            nonlocal searched
            searched += len(data) - at

    monkeypatch.setattr(sse, "_BLANK_LINE", Counting())
    splitter = Splitter(limit=10**6)
    for _ in range(1000):
        assert not list(splitter.feed(b"x" * 100))
    assert searched <= 1000 * 103


def test_an_event_shows_no_text() -> None:
    assert repr(Event(b"data: secret\n\n")) == "<Event of 14 bytes>"
