"""What counts as bytes that nobody reads, and what is text all the same."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bodies.apis import api
from epol.engine.bodies.body import RequestBody
from epol.engine.bodies.document import read
from epol.engine.bodies.parts import Source
from epol.engine.bodies.payload import LEAST_BYTES, is_bytes, is_data_url
from tests.engine.bodies.planting import MRN, at, engine, replaced
from tests.engine.bodies.samples import BYTES, CHAT, MESSAGES, PNG, REQUESTS

TEXT = base64.b64encode((f"{MRN} is a patient of ours. " * 20).encode()).decode()


def test_long_texts_take_time_in_proportion() -> None:
    for text in ("\n" * 3_000_000 + "!", "A" * 3_000_000 + "!", "=" * 3_000_000, "\n=" * 1_000_000):
        assert not is_bytes(text)
        assert not is_data_url(f"data:image/png;base64,{text}")
    assert not is_data_url("data:" + ";a=b" * 1_000_000)


def of(name: str, body: object) -> RequestBody:
    """What a request of an API says."""
    return api(name).request(Source(read(json.dumps(body).encode())))


@given(st.binary(min_size=3 * LEAST_BYTES // 4))
def test_bytes_are_no_text(data: bytes) -> None:
    encoded = base64.b64encode(b"\xff" + data).decode()
    assert is_bytes(encoded)
    assert is_bytes(base64.urlsafe_b64encode(b"\xff" + data).decode())
    assert is_data_url(f"data:image/png;base64,{encoded}")


@given(st.text(min_size=LEAST_BYTES))
def test_text_in_base64_is_text(text: str) -> None:
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode()
    assert not is_bytes(encoded)
    assert not is_data_url(f"data:text/plain;base64,{encoded}")
    assert not is_data_url(f"data:image/png;base64,{encoded}")


@pytest.mark.parametrize(
    "text", ["data:", f"data: {MRN}", f"data:text/plain,{MRN}", f"data:image/png;base64,{MRN}", MRN]
)
def test_a_url_with_text_in_it_is_text(text: str) -> None:
    assert not is_data_url(text)


COUNTS = {
    "openai.chat": (3, 1),
    "openai.responses": (4, 3),
    "openai.embeddings": (0, 0),
    "anthropic.messages": (2, 1),
    "openai.batch": (3, 1),
    "anthropic.batch": (2, 1),
}


@pytest.mark.parametrize(("name", "sample"), [r for r in REQUESTS if r[0] in COUNTS])
def test_what_nobody_reads_is_counted(name: str, sample: object) -> None:
    body = of(name, sample)
    assert (body.opaque, body.facts["request.images"]) == COUNTS[name]


def test_what_nobody_reads_is_counted_in_mcp() -> None:
    assert [of("mcp", sample).opaque for name, sample in REQUESTS if name == "mcp"] == [
        0,
        3,
        0,
        0,
        1,
    ]


def test_bytes_are_not_scanned() -> None:
    for name, sample in REQUESTS:
        assert not any(BYTES in run.text or PNG in run.text for run in of(name, sample).runs)


PLACES = (
    (
        "openai.chat",
        CHAT,
        ("messages", 2, "content", 2, "image_url", "url"),
        "data:text/plain;base64,",
    ),
    ("openai.chat", CHAT, ("messages", 2, "content", 4, "file", "file_data"), ""),
    ("anthropic.messages", MESSAGES, ("messages", 1, "content", 2, "source", "data"), ""),
    ("anthropic.messages", MESSAGES, ("messages", 2, "content", 0, "signature"), ""),
)


@pytest.mark.parametrize(("name", "sample", "path", "before"), PLACES)
def test_text_in_the_place_of_bytes_is_treated(
    name: str, sample: object, path: tuple[str | int, ...], before: str
) -> None:
    body = replaced(sample, path, before + TEXT)
    enforced = engine().enforce(json.dumps(body), name)
    assert enforced.decision.labels
    treated = enforced.body_for("redacted")
    assert isinstance(treated, str)
    found = str(at(json.loads(treated), path)).removeprefix(before)
    try:
        assert MRN not in base64.b64decode(found).decode("utf-8", "replace")
    except ValueError:
        assert found != TEXT


@pytest.mark.parametrize(
    ("part", "opaque", "images"),
    [
        ({"type": "text", "text": "x"}, 0, 0),
        ({"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}, 1, 1),
        ({"type": "video_url", "video_url": {"url": "https://x.example/a.mp4"}}, 1, 0),
        ({"type": "hologram", "of": "x"}, 1, 0),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, 1, 0),
        ({"type": "file", "file": {"file_id": "file-1"}}, 1, 0),
        ({"type": "text", "text": PNG}, 1, 0),
        ({"type": "text", "text": BYTES * 2}, 1, 0),
    ],
)
def test_a_part_counts_by_its_type(part: object, opaque: int, images: int) -> None:
    body = of("openai.chat", {"messages": [{"role": "user", "content": [part]}]})
    assert (body.opaque, body.facts["request.images"]) == (opaque, images)


SEAL = base64.b64encode(bytes(range(100, 190))).decode()


@pytest.mark.parametrize(
    ("part", "is_read"),
    [
        ({"type": "thinking", "thinking": "x", "signature": SEAL}, False),
        ({"type": "redacted_thinking", "data": SEAL}, False),
        ({"type": "redacted_thinking", "data": BYTES * 4}, False),
        ({"type": "text", "text": "x", "signature": SEAL}, True),
        ({"type": "tool_use", "name": "t", "input": {"signature": SEAL}}, True),
        ({"type": "thinking", "thinking": SEAL, "signature": "x"}, True),
    ],
)
def test_what_is_sealed_is_neither_read_nor_counted(part: object, *, is_read: bool) -> None:
    body = of("anthropic.messages", {"messages": [{"role": "assistant", "content": [part]}]})
    assert body.opaque == 0
    assert any(SEAL in run.text for run in body.runs) is is_read
    assert not any(BYTES in run.text for run in body.runs)


def test_numbers_of_tokens_are_opaque() -> None:
    for value, count in (
        ([1, 2, 50256], 1),
        ([[1, 2], [3]], 2),
        (["a", [1]], 1),
        ("a", 0),
        ([], 0),
    ):
        body = of("openai.embeddings", {"model": "m", "input": value})
        assert body.opaque == count


def test_json_too_deep_in_strings_is_text_and_counts() -> None:
    text = json.dumps([MRN])
    for _ in range(6):
        text = json.dumps([text])
    body = {"messages": [{"role": "user", "content": text}]}
    assert of("openai.chat", body).opaque == 1
    treated = engine().enforce(json.dumps(body), "openai.chat").body_for("redacted")
    assert MRN not in str(treated)
