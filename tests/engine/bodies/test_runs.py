"""Runs: what is read together, by whom, and how what is found there leads back to its parts."""

from __future__ import annotations

import json
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.engine import Engine, RequestError
from epol.engine.bodies.apis import api, names
from epol.engine.bodies.collect import Collector
from epol.engine.bodies.document import read
from epol.engine.bodies.node import Node
from epol.engine.bodies.parts import Run, Source
from epol.engine.bodies.rewriting import Rewriting
from epol.engine.bodies.vocabulary import is_model
from epol.engine.bundle.findings import Finding, Scan
from epol.engine.enforcing.forms import Body
from epol.engine.enforcing.reading import findings_of
from tests.engine.bodies.planting import fields_of, members
from tests.engine.bodies.samples import MCP_OTHERS, MCP_RESULT, MCP_SAMPLING, MCP_TOOLS, REQUESTS
from tests.engine.engines import bundle_of

TEXTS = st.text(st.sampled_from('ab"\\\n{[é😀 1'), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99999, 99999) | st.floats(-1, 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def runs(value: object) -> tuple[Source, list[Run]]:
    """The runs of a value, with the document that it is read from."""
    body = Source(read(json.dumps(value).encode()))
    found = Collector(body)
    found.everything("user", body.root)
    return body, found.runs


def texts(value: object) -> list[str]:
    """All strings and keys of a value that are no JSON themselves and not empty."""
    if isinstance(value, str):
        return [value] if value else []
    keys = [key for key in fields_of(value) or () if key]
    return [*keys, *(text for _, each in members(value) for text in texts(each))]


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_each_part_stands_in_its_run(value: object) -> None:
    _, found = runs(value)
    for run in found:
        at = 0
        for piece in run.pieces:
            assert run.text[piece.start : piece.end] == piece.part.text
            assert at <= piece.start
            at = piece.end
    plain = sorted(text for text in texts(value) if text.strip()[:1] not in ("{", "["))
    parts = [piece.part.text for run in found for piece in run.pieces if is_text(piece.part.node)]
    assert sorted(part for part in parts if part.strip()[:1] not in ("{", "[")) == plain


def is_text(node: Node) -> bool:
    """Whether a part is a string of the body itself."""
    return isinstance(node.value, str)


@settings(max_examples=300, deadline=None)
@given(VALUES, st.data())
def test_a_finding_leads_to_the_characters_that_it_is_of(
    value: object, data: st.DataObject
) -> None:
    for run in runs(value)[1]:
        low = data.draw(st.integers(0, len(run.text)))
        high = data.draw(st.integers(low, len(run.text)))
        found = Finding("l", "d", low, high, 100)
        seen = "".join(
            piece.part.text[each.start : each.end]
            for piece, own in findings_of(run, Scan((found,)))
            for each in own
        )
        if run.is_simple:
            assert seen == run.text[low:high]
            continue
        expected = [
            run.text[max(low, piece.start) : max(low, min(high, piece.end))] for piece in run.pieces
        ]
        assert seen == "".join(expected)


@settings(max_examples=300, deadline=None)
@given(VALUES, st.data())
def test_parts_are_written_where_they_stood(value: object, data: st.DataObject) -> None:
    body, found = runs(value)
    rewriting = Rewriting(body)
    for run in found:
        for piece in run.pieces:
            if data.draw(st.booleans()):
                rewriting.put(piece.part, piece.part.text)
    assert json.loads(rewriting.rendered()) == as_written(json.loads(rewriting.rendered()), value)


def as_written(new: object, old: object) -> object:
    """The old value, with numbers and truth values as strings where the new one has these."""
    fields, others = fields_of(old), fields_of(new)
    if fields is not None and others is not None:
        return {key: as_written(others.get(key), member) for key, member in fields.items()}
    if isinstance(old, list) and isinstance(new, list):
        pairs = zip(members(cast(object, new)), members(cast(object, old)), strict=True)
        return [as_written(n, o) for (_, n), (_, o) in pairs]
    if isinstance(new, str) and isinstance(old, bool | int | float):
        return new if json.loads(new) == old else old
    if isinstance(new, str) and isinstance(old, str) and old.strip()[:1] in ("{", "["):
        try:
            return new if as_written(json.loads(new), json.loads(old)) == json.loads(new) else old
        except ValueError:
            return old
    return cast(object, old)


def test_keys_that_would_be_the_same_are_numbered() -> None:
    body, found = runs({"k1": 1, "k2": {"x1": 1}, "k": 2, "k3": 3, "k 2": 4})
    rewriting = Rewriting(body)
    for run in found:
        for piece in run.pieces:
            if piece.part.node.is_key and piece.part.text in ("k1", "k2", "k3", "x1"):
                rewriting.put(piece.part, "k")
    assert rewriting.rendered() == b'{"k 3": 1, "k 4": {"k": 1}, "k": 2, "k 5": 3, "k 2": 4}'


CONTEXT = """
policy context version "1.0.0"
label pin
label name
detector pin -> pin { match /\\b[0-9]{4}\\b/ near "pin" within 10 adds 60 score 30 threshold 80 }
detector flag -> name { match /"positive": true/ }
target cloud { at cloud }
rule a { when target.at == cloud  redact pin, name }
"""


@pytest.mark.parametrize(
    ("value", "treated"),
    [
        ({"pin": "4913"}, {"pin": "[pin]"}),
        ({"pin": 4913}, {"pin": "[pin]"}),
        ({"x": 4913}, {"x": 4913}),
        ({"positive": True}, {"[name]": "[name]"}),
        (json.dumps({"pin": 4913, "x": '"'}), '{"pin": "[pin]", "x": "\\""}'),
        (json.dumps({'\n"pin': "4913"}), json.dumps({'\n"pin': "[pin]"})),
        ([{"a": [{"pin": [4913, "é"]}]}], [{"a": [{"pin": ["[pin]", "é"]}]}]),
    ],
)
def test_what_names_a_value_is_beside_it(value: object, treated: object) -> None:
    engine = Engine.load(bundle_of(CONTEXT))
    body: dict[str, object] = {"messages": [], "metadata": {"v": value}}
    new = engine.enforce(json.dumps(body), "openai.chat").body_for("cloud")
    assert json.loads(str(new))["metadata"]["v"] == treated


@pytest.mark.parametrize("number", ["4913", "4.913e3", "4913000E-3"])
def test_numbers_are_read_without_exponent(number: str) -> None:
    body = f'{{"messages": [], "metadata": {{"pin": {number}}}}}'
    new = Engine.load(bundle_of(CONTEXT)).enforce(body, "openai.chat").body_for("cloud")
    assert new == body.replace(number, '"[pin]"')


TOGETHER = """
policy together version "1.0.0"
label mark
label mrn
detector mark -> mark { match /@@[a-z]+@@/ }
detector mrn -> mrn { match /MRN [0-9]{8}/ }
target cloud { at cloud }
rule a { when target.at == cloud  redact mark with "" }
rule b { when target.at == cloud  redact mrn }
"""


@pytest.mark.parametrize(
    "parts",
    [
        ("MRN 0048@@ab", "cd@@2913 x"),
        ("MRN 0048@@ab", "c", "d@@2913 x"),
        ("M@@a@@RN 0048@@a", "b@@2913"),
        ("MRN 0048@@abcd@@2913 x",),
        ("MRN 0048@@ab", "cd@@2913 x MRN 00482914"),
    ],
)
def test_what_comes_together_across_parts_is_treated(parts: tuple[str, ...]) -> None:
    content = [{"type": "text", "text": part} for part in parts]
    body: dict[str, object] = {"messages": [{"role": "user", "content": content}]}
    new = (
        Engine.load(bundle_of(TOGETHER)).enforce(json.dumps(body), "openai.chat").body_for("cloud")
    )
    texts = [part["text"] for part in json.loads(str(new))["messages"][0]["content"]]
    assert "MRN" not in "".join(texts)
    assert "2913" not in "".join(texts)
    assert "@" not in "".join(texts)


def test_what_a_policy_keeps_stays_beside_what_it_treats() -> None:
    policy = TOGETHER.replace("redact mrn }", 'tag "x" }')
    body = {"messages": [], "user": "MRN 00482913@@ab@@", "stop": ["MRN 00482914"]}
    new = Engine.load(bundle_of(policy)).enforce(json.dumps(body), "openai.chat").body_for("cloud")
    assert json.loads(str(new)) == {**body, "user": "MRN 00482913"}


def test_a_value_counts_once() -> None:
    engine = Engine.load(bundle_of(CONTEXT))
    body: dict[str, object] = {
        "messages": [],
        "metadata": {"v": json.dumps({"pin": "4913"}), "w": {"pin": "4914"}},
    }
    assert engine.enforce(body, "openai.chat").decision.labels == {"pin": 2}


ROLES = (
    ("openai.chat", "be kind", "system"),
    ("openai.chat", "be brief", "system"),
    ("openai.chat", "onetwo", "user"),
    ("openai.chat", "mild", "tool"),
    ("openai.chat", "sunny", "tool"),
    ("openai.chat", "select 1", "assistant"),
    ("openai.chat", "runs", "system"),
    ("openai.responses", "be brief", "system"),
    ("openai.responses", "hello", "user"),
    ("openai.responses", "an answer", "assistant"),
    ("openai.responses", "long thought", "assistant"),
    ("openai.responses", "mild", "tool"),
    ("openai.responses", "row", "tool"),
    ("openai.responses", "files", "tool"),
    ("openai.responses", "typed", "assistant"),
    ("openai.responses", "found", "tool"),
    ("openai.responses", "Ann", "user"),
    ("anthropic.messages", "be brief", "system"),
    ("anthropic.messages", "from the ward", "user"),
    ("anthropic.messages", "chunk", "user"),
    ("anthropic.messages", "snippet", "user"),
    ("anthropic.messages", "let me see", "assistant"),
    ("anthropic.messages", "mild", "tool"),
    ("anthropic.messages", "rowrest", "tool"),
)


@pytest.mark.parametrize(("name", "text", "role"), ROLES)
def test_texts_have_roles(name: str, text: str, role: str) -> None:
    body = api(name).request(Source(read(json.dumps(dict(REQUESTS)[name]).encode())))
    assert {run.role for run in body.runs if text in run.text} == {role}


@pytest.mark.parametrize(
    ("sample", "text", "role"),
    [
        (MCP_RESULT, "onetwo", "tool"),
        (MCP_RESULT, "mild", "tool"),
        (MCP_TOOLS, "Mail", "system"),
        (MCP_SAMPLING, "be brief", "system"),
        (MCP_SAMPLING, "hello", "user"),
        (MCP_OTHERS, "hello", "user"),
    ],
)
def test_texts_of_mcp_have_roles(sample: object, text: str, role: str) -> None:
    body = api("mcp").request(Source(read(json.dumps(sample).encode())))
    assert {run.role for run in body.runs if text in run.text} == {role}


def test_an_array_of_messages_of_mcp() -> None:
    body = api("mcp").request(Source(read(json.dumps([MCP_TOOLS, MCP_SAMPLING]).encode())))
    assert {"Mail" in run.text: run.role for run in body.runs if "Mail" in run.text} == {
        True: "system"
    }
    assert (body.facts["request.kind"], body.facts["request.tools"]) == ("chat", 2)
    assert body.facts["request.max_output_tokens"] == 500
    params: dict[str, object] = {"name": "t", "arguments": {}}
    call: dict[str, object] = {"method": "tools/call", "params": params}
    answer = api("mcp").response(Source(read(json.dumps([MCP_RESULT, call]).encode())))
    assert [each.name for each in answer.calls] == ["t"]


def test_there_are_these_apis() -> None:
    assert names() == (
        "anthropic.batch",
        "anthropic.messages",
        "mcp",
        "openai.batch",
        "openai.chat",
        "openai.embeddings",
        "openai.responses",
    )
    with pytest.raises(RequestError, match=r"openai\.chat"):
        api("openai.completions")


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("body", ["{}", "[]", "null", '"x"', '{"messages": {}}', '{"body": 1}'])
def test_a_body_of_another_kind_is_refused(name: str, body: str) -> None:
    if name == "mcp" and body.startswith("{"):
        assert api(name).request(Source(read(body.encode()))).opaque == 0
        return
    with pytest.raises(RequestError):
        api(name).request(Source(read(body.encode())))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("gpt-4o-2024-08-06", True),
        ("claude-sonnet-4-5-20250929", True),
        ("claude-3-5-sonnet@20240620", True),
        ("meta-llama/Llama-3.3-70B-Instruct", True),
        ("ft:gpt-4o-mini-2024-07-18:acme::abc123", True),
        ("MRN-00482913", False),
        ("MRN 00482913", False),
        ("ann.lee@clinic.example", False),
        ("078-05-1120", False),
        ("gpt-4o-2024-08-06-12345", True),
        ("gpt-4o-2024-08-06-1234567", False),
        ("mixtral-8x7b-instruct-v0.1", True),
        ("KEY-lDzUVtsuAUS82L0q", False),
        ("x-4111-1111-1111-1111", False),
        ("x-078-05-1120", False),
    ],
)
def test_names_of_models(text: str, *, is_one: bool) -> None:
    assert is_model(text) is is_one


@pytest.mark.parametrize("form", ["bytes", "str", "dict"])
def test_bodies_come_back_in_their_form(form: str) -> None:
    value: dict[str, object] = {"messages": [{"role": "user", "content": "pin 4913"}], "n": 1.5}
    body = json.dumps(value)
    forms: dict[str, Body] = {"bytes": body.encode(), "str": body, "dict": value}
    new = Engine.load(bundle_of(CONTEXT)).enforce(forms[form], "openai.chat").body_for("cloud")
    assert type(new).__name__ == form
    expected = {"messages": [{"role": "user", "content": "pin [pin]"}], "n": 1.5}
    assert (json.loads(new) if isinstance(new, bytes | str) else new) == expected
