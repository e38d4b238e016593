"""Documents: what is refused, where values stand, and changes that leave the rest as it is."""

from __future__ import annotations

import json
import string
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.engine.bodies.document import MAX_BODY, MAX_DEPTH, Document, read
from epol.engine.bodies.edits import Edits
from epol.engine.bodies.node import Node
from epol.engine.bodies.numbers import number
from epol.engine.errors import BodyError

TEXTS = st.text(
    st.sampled_from(string.ascii_lowercase[:3] + '"\\/{}[],: \n\té😀\u2028'), max_size=6
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)
LAYOUTS = st.fixed_dictionaries(
    {
        "ensure_ascii": st.booleans(),
        "indent": st.sampled_from((None, 0, 2)),
        "separators": st.sampled_from((None, (",", ":"), (" , ", " : "))),
    }
)
MANY = settings(max_examples=300, deadline=None)

TWICE = (
    b'{"a":1,"a":1}',
    b'{"a":1,"\\u0061":2}',
    b'{"a":[1,2],"b":"x","a":{"c":"y"}}',
    b'[[{"k":{"a":"x","b":"y","a":"x"}}]]',
    b'{"a\\\\":1,"a\\\\":2}',
    b'{"a\\"":1,"a\\u0022":2}',
    b'{"":1,"":2}',
    b'{"a":"\\\\\\"","a":"\\\\"}',
)
MALFORMED = (
    b"",
    b" ",
    b"{",
    b"[1,]",
    b"{} {}",
    b"{}x",
    b"\xef\xbb\xbf{}",
    '{"a": "b"}'.encode("utf-16"),
    '{"a": "b"}'.encode("utf-16-le"),
    b'{"a": "\xff"}',
    b'{"a": "\xed\xa0\x80"}',
    b'{"a": "\xc0\xaf"}',
    b'["\\ud800"]',
    b'["\\ud800x"]',
    b'["\\udc00\\ud800"]',
    b'["\\ud800\\u0041"]',
    b"[NaN]",
    b"[Infinity]",
    b"[-Infinity]",
    b"[01]",
    b"[.5]",
    b"[+1]",
    b"['a']",
    b'["a\nb"]',
    b'["\\x41"]',
    b"[1 2]",
    b"{1: 2}",
    b"// x\n{}",
)


@pytest.mark.parametrize("source", TWICE)
def test_a_key_twice_is_refused(source: bytes) -> None:
    with pytest.raises(BodyError, match="twice"):
        read(source)


@pytest.mark.parametrize("source", MALFORMED)
def test_what_is_no_json_is_refused(source: bytes) -> None:
    with pytest.raises(BodyError, match=r"not JSON|not UTF-8"):
        read(source)


@MANY
@given(value=VALUES, layout=LAYOUTS, key=TEXTS, data=st.data())
def test_a_key_that_is_added_again_is_refused(
    value: object, layout: dict[str, object], key: str, data: st.DataObject
) -> None:
    inner = {"x": value, key: value}
    text = json.dumps(["a", inner, value], **layout)  # type: ignore[arg-type]
    place = text.index("{") + 1
    again = json.dumps(key, ensure_ascii=data.draw(st.booleans()))
    twice = f"{text[:place]}{again}: {json.dumps(data.draw(VALUES))}, {text[place:]}"
    assert read(text.encode()).root.items is not None
    with pytest.raises(BodyError, match="twice"):
        read(twice.encode())


def test_depth_and_size_have_limits() -> None:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        read(opening * MAX_DEPTH + b"1" + closing * MAX_DEPTH)
        with pytest.raises(BodyError, match="levels"):
            read(opening * (MAX_DEPTH + 1) + b"1" + closing * (MAX_DEPTH + 1))
        with pytest.raises(BodyError, match="levels"):
            read(opening * 100_000 + b"1" + closing * 100_000)
    with pytest.raises(BodyError, match="bytes"):
        read(b" " * (MAX_BODY + 1))


def test_an_error_tells_nothing_of_the_text() -> None:
    for source in (b'{"secret": tru}', b'{"secret":1,"secret":2}', b'["secret'):
        with pytest.raises(BodyError) as raised:
            read(source)
        assert "secret" not in str(raised.value)
        assert raised.value.__cause__ is None


def test_numbers_of_any_size() -> None:
    root = read(b"[123456789012345678901234567890, 1.50, 1e400, -0, 7.5e3, 1E-2]").root
    values = [number(node.value) for node in root.elements()]
    assert values == ["123456789012345678901234567890", "1.50", "1e400", "0", "7500", "0.01"]


@pytest.mark.parametrize("digits", [4300, 4301, 5000, 100_000])
def test_a_number_of_too_many_digits_is_refused(digits: int) -> None:
    source = b"[" + b"9" * digits + b"]"
    if digits <= 4300:
        assert number(read(source).root.elements()[0].value) == "9" * digits
    else:
        with pytest.raises(BodyError, match="not JSON"):
            read(source)


def nodes(node: Node) -> list[Node]:
    """A node, the keys in it, and all nodes below."""
    found = [node]
    for key, member in node.members():
        found += [node.name_of(key), *nodes(member)]
    for element in node.elements():
        found += nodes(element)
    return found


def plain(node: Node) -> object:
    """The value of a node as the standard library reads it."""
    return json.loads(json.dumps(node.value, default=lambda f: float(f.text)))


@MANY
@given(value=VALUES, layout=LAYOUTS)
def test_each_value_stands_where_its_span_says(value: object, layout: dict[str, object]) -> None:
    document = read(json.dumps(value, **layout).encode())  # type: ignore[arg-type]
    for node in nodes(document.root):
        span = document.span(node)
        assert json.loads(document.source[span.start : span.end]) == plain(node)


@MANY
@given(value=VALUES, layout=LAYOUTS, data=st.data())
def test_edits_change_what_they_are_for(
    value: object, layout: dict[str, object], data: st.DataObject
) -> None:
    document = read(json.dumps([value], **layout).encode())  # type: ignore[arg-type]
    edits = Edits(document)
    expected = edited(document.root, edits, data)
    assert json.loads(edits.rendered()) == expected
    if not edits:
        assert edits.rendered() is document.source


def edited(node: Node, edits: Edits, data: st.DataObject) -> object:
    """Change something at or below a node; the value that comes of it."""
    draw = data.draw
    if draw(st.sampled_from((False, False, True))):
        text = draw(TEXTS)
        edits.put_text(node, text)
        return text
    if node.fields is not None:
        dropped = draw(st.sets(st.sampled_from(sorted(node.fields)))) if node.fields else set[str]()
        added = draw(st.lists(st.sampled_from(("new", "newer")), unique=True))
        if draw(st.booleans()):
            edits.drop(node, cast(set[str | int], dropped))
            for key in added:
                edits.add(node, key, b"1")
        else:
            dropped, added = set[str](), list[str]()
        new = {key: edited(each, edits, data) for key, each in node.members() if key not in dropped}
        return {**new, **dict.fromkeys(added, 1)}
    if node.items is not None:
        gone = draw(st.sets(st.integers(0, len(node.items) - 1))) if node.items else set[int]()
        edits.drop(node, cast(set[str | int], gone))
        return [edited(e, edits, data) for at, e in enumerate(node.elements()) if at not in gone]
    return plain(node)


def test_an_outer_change_covers_inner_ones() -> None:
    document = read(b'{"a": ["x", "y"], "b": 1}')
    edits = Edits(document)
    inner = document.root.get("a")
    assert inner is not None
    edits.put_text(inner.elements()[1], "z")
    edits.put(inner, b"[]")
    edits.put_text(inner.elements()[0], "z")
    assert edits.rendered() == b'{"a": [], "b": 1}'


def test_many_changes_take_time_in_proportion() -> None:
    source = b"[" + b",".join([b'"x"'] * 50_000) + b"]"
    document: Document = read(source)
    edits = Edits(document)
    for node in document.root.elements():
        edits.put_text(node, "y")
    assert edits.rendered() == source.replace(b"x", b"y")
