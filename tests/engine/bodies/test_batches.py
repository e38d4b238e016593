"""Batch files: cut into requests however they come, and written again without the refused ones."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.engine import Engine, RequestError
from epol.engine.bodies import batches
from epol.engine.bodies.document import MAX_BODY
from epol.engine.errors import BodyError
from tests.engine.bodies.planting import MRN
from tests.engine.bodies.samples import ANTHROPIC_LINE, OPENAI_LINE
from tests.engine.engines import bundle_of

POLICY = """
policy batches version "1.0.0"
label phi.mrn
label phi.star
detector mrn -> phi.mrn { match /MRN [0-9]{8}/ }
detector star -> phi.star { words "starlight" }
target near { at local }
target cloud { at cloud }
rule a { when target.at == cloud  tokenize phi.mrn }
rule b { when sends phi.star and target.at == cloud  deny }
"""
VALUES = st.recursive(
    st.none() | st.integers() | st.text(st.sampled_from('a"\\{}[], \n😀')),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=3), VALUES, max_size=3), max_size=4)


@cache
def engine() -> Engine:
    """An engine that keeps some requests from the cloud."""
    return Engine.load(bundle_of(POLICY))


def chunked(data: bytes, sizes: Iterable[int]) -> list[bytes]:
    """Data in pieces of some sizes."""
    chunks: list[bytes] = []
    for size in sizes:
        chunks.append(data[:size])
        data = data[size:]
    return [*chunks, data]


@settings(deadline=None)
@given(OBJECTS, st.lists(st.integers(0, 9), max_size=40), st.sampled_from((None, 2)))
def test_the_members_of_requests(
    values: list[object], sizes: list[int], layout: int | None
) -> None:
    body = json.dumps({"requests": values}, indent=layout, ensure_ascii=False)
    found = list(batches.requests(chunked(body.encode(), sizes)))
    assert all(isinstance(each, bytes) for each in found)
    assert [json.loads(each) for each in found if isinstance(each, bytes)] == values


@settings(deadline=None)
@given(OBJECTS, st.lists(st.integers(0, 9), max_size=40), st.sampled_from(("\n", "\r\n", "\n\n")))
def test_the_lines_of_a_file(values: list[object], sizes: list[int], end: str) -> None:
    body = "".join(json.dumps(value) + end for value in values)
    found = list(batches.lines(chunked(body.encode(), sizes)))
    assert [json.loads(each) for each in found if isinstance(each, bytes)] == values
    assert list(batches.lines([body.encode().removesuffix(b"\n")])) == found


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"requests": {}}',
        b'{"requests": []',
        b'{"requests": [{"a": 1]}',
        b'{"requests": [{"a": 1} {"a": 2}]}',
        b'{"requests": [{"a": 1},]}',
        b'{"requests": [,{"a": 1}]}',
        b'{"requests": [{"a": 1},,{"a": 2}]}',
        b'{"requests": ["x"]}',
        b'{"requests": [], "more": 1}',
        b'{"requests": []} x',
        b'{"more": 1, "requests": []}',
        b'{"requests": [{"a": "x}]}',
        b" " * 5000 + b'{"requests": []}',
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_what_is_no_batch_is_refused(body: bytes, size: int) -> None:
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    with pytest.raises(BodyError, match="must be an object"):
        list(batches.requests(chunks))


def test_a_request_has_a_limit() -> None:
    long = b'{"a":"' + b"x" * MAX_BODY + b'"}'
    first, second = batches.lines([long + b'\n{"b":1}\n'])
    assert isinstance(first, BodyError)
    assert second == b'{"b":1}'
    pieces = [long[at : at + 1_000_000] for at in range(0, len(long), 1_000_000)]
    with pytest.raises(BodyError, match="more than"):
        list(batches.requests([b'{"requests":[{"a":"', *([b"x" * 1_000_000] * 40)]))
    (whole,) = engine().enforce_batch(b'{"requests":[' + long + b"]}", "anthropic.batch")
    assert isinstance(whole.error, BodyError)
    first, second = batches.lines([*pieces, b'\n{"b":1}\n'])
    assert isinstance(first, BodyError)
    assert second == b'{"b":1}'


def line(content: str, number: int = 1) -> dict[str, object]:
    """A line for chat completions."""
    body = {"model": "m", "messages": [{"role": "user", "content": content}]}
    return {
        "custom_id": f"r{number}",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": body,
    }


LINES: tuple[object, ...] = (
    line("plain"),
    line(f"of {MRN}", 2),
    line("starlight", 3),
    {"url": "/v1/images", "body": {}},
    {"custom_id": MRN, **{key: value for key, value in line("x").items() if key != "custom_id"}},
)


def test_a_file_of_lines() -> None:
    source = "\n".join(json.dumps(each) for each in LINES).encode() + b'\n{"a":1,"a":1}\n'
    batch = engine().enforce_batch(source, "openai.batch", session="b")
    out = io.BytesIO()
    left = batch.write("cloud", out)
    assert [each.number for each in left] == [3, 4, 6]
    assert "cloud" in left[0].why
    assert "url" in left[1].why
    assert "twice" in left[2].why
    written = out.getvalue().splitlines()
    assert out.getvalue().endswith(b"\n")
    assert written[0] == json.dumps(LINES[0]).encode()
    assert MRN not in out.getvalue().decode()
    token = json.loads(written[1])["body"]["messages"][0]["content"].removeprefix("of ")
    assert json.loads(written[2])["custom_id"] == token
    near = io.BytesIO()
    assert len(engine().enforce_batch(source, "openai.batch").write("near", near)) == 2
    assert near.getvalue().splitlines()[1] == json.dumps(LINES[1]).encode()


def test_a_message_batch() -> None:
    requests = [
        {
            "custom_id": f"r{at}",
            "params": {"max_tokens": 9, "messages": [{"role": "user", "content": text}]},
        }
        for at, text in enumerate(("plain", MRN, "starlight", "more"))
    ]
    source = json.dumps({"requests": [*requests, {"custom_id": "r"}]}).encode()
    out = io.BytesIO()
    left = (
        engine()
        .enforce_batch(io.BytesIO(source), "anthropic.batch", session="b")
        .write("cloud", out)
    )
    assert [each.number for each in left] == [3, 5]
    written = json.loads(out.getvalue())["requests"]
    assert [each["custom_id"] for each in written] == ["r0", "r1", "r3"]
    assert MRN not in out.getvalue().decode()


@pytest.mark.parametrize(
    ("api", "empty"), [("openai.batch", b""), ("anthropic.batch", b'{"requests":[]}')]
)
def test_an_empty_batch(api: str, empty: bytes) -> None:
    out = io.BytesIO()
    assert (
        engine().enforce_batch(b'{"requests":[]}' if empty else b"", api).write("cloud", out) == []
    )
    assert out.getvalue() == empty


def test_an_answer_finds_its_request() -> None:
    source = json.dumps(line(f"of {MRN}")).encode()
    (request,) = engine().enforce_batch(source, "openai.batch", session="b")
    assert request.enforced is not None
    treated = json.loads(bytes(request.enforced.body_for("cloud")))  # type: ignore[arg-type]
    said = treated["body"]["messages"][0]["content"]
    (again,) = engine().enforce_batch(source, "openai.batch", session="b")
    assert again.enforced is not None
    again.enforced.body_for("cloud")
    answer = {
        "custom_id": "r1",
        "response": {"body": {"choices": [{"message": {"content": said}}]}},
    }
    restored = json.loads(again.enforced.response("cloud", json.dumps(answer)))
    assert restored["response"]["body"]["choices"][0]["message"]["content"] == f"of {MRN}"


def test_one_line_is_held_at_a_time() -> None:
    taken: list[int] = []

    def chunks() -> Iterable[bytes]:
        for at in range(100):
            taken.append(at)
            yield json.dumps(line("x", at)).encode() + b"\n"

    batch = engine().enforce_batch(chunks(), "openai.batch")
    assert next(iter(batch)).number == 1
    assert taken == [0]


def test_another_api_is_no_batch() -> None:
    with pytest.raises(RequestError, match=r"openai\.batch, anthropic\.batch"):
        engine().enforce_batch(b"", "openai.chat")


@pytest.mark.parametrize(
    ("api", "body"),
    [
        ("openai.batch", {**OPENAI_LINE, "body": None}),
        ("openai.batch", {**OPENAI_LINE, "url": "/v1/moderations"}),
        ("openai.batch", []),
        ("anthropic.batch", {**ANTHROPIC_LINE, "params": []}),
        ("anthropic.batch", {"requests": [ANTHROPIC_LINE]}),
    ],
)
def test_a_line_without_a_body_is_refused(api: str, body: object) -> None:
    with pytest.raises(BodyError):
        engine().enforce(json.dumps(body), api)
