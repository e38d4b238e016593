"""Plants: values that a policy's detectors know, put into bodies, and looked for in them."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from functools import cache
from typing import cast

from hypothesis import strategies as st

from epol.engine import Engine
from epol.engine.vault.memory import MemoryVault
from tests.engine.engines import bundle_of

POLICY = """
policy bodies version "1.0.0"
label phi.mrn
label phi.phone
detector mrn -> phi.mrn { match /MRN [0-9]{8}/ }
detector phone -> phi.phone { match /\\b7[0-9]{9}\\b/ }
target raw { at local }
target tokenized { at cloud }
target redacted { at cloud }
target masked { at cloud }
target dropped { at cloud }
target hashed { at cloud }
rule a { when target.name == tokenized  tokenize phi }
rule b { when target.name == redacted  redact phi }
rule c { when target.name == masked  mask phi }
rule d { when target.name == dropped  drop phi }
rule e { when target.name == hashed  hash phi }
"""
TREATED = ("tokenized", "redacted", "masked", "dropped", "hashed")
MRN = "MRN 00482913"
PHONE = 7123456789
PLANTS = (MRN, str(PHONE))

Path = tuple[str | int, ...]


@cache
def vault() -> MemoryVault:
    """Where the engine of these tests keeps what tokens stand for."""
    return MemoryVault(b"k" * 32)


@cache
def engine() -> Engine:
    """An engine whose targets differ in the treatment."""
    return Engine.load(bundle_of(POLICY), vault=vault())


def fields_of(value: object) -> dict[str, object] | None:
    """An object as such; None of anything else."""
    return cast(dict[str, object], value) if isinstance(value, dict) else None


def strings(value: object, path: Path = ()) -> Iterator[Path]:
    """The ways to all strings."""
    if isinstance(value, str):
        yield path
    for key, member in members(value):
        yield from strings(member, (*path, key))


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    """The ways to all that is in a value."""
    for key, member in members(value):
        yield (*path, key)
        yield from paths(member, (*path, key))


def objects(value: object, path: Path = ()) -> Iterator[Path]:
    """The ways to all objects."""
    if fields_of(value) is not None:
        yield path
    for key, member in members(value):
        yield from objects(member, (*path, key))


def members(value: object) -> list[tuple[str | int, object]]:
    """What is in an object or array, with keys or places."""
    if isinstance(value, dict):
        return list(cast(dict[str | int, object], value).items())
    return list(enumerate(cast(list[object], value))) if isinstance(value, list) else []


def at(value: object, path: Path) -> object:
    """What a way leads to."""
    for key in path:
        value = dict(members(value))[key]
    return value


def replaced(value: object, path: Path, new: object) -> object:
    """A value with something else at the end of a way."""
    if not path:
        return new
    value = copy.copy(value)
    inner = replaced(at(value, path[:1]), path[1:], new)
    cast(dict[str | int, object], value)[path[0]] = inner
    return value


ODD: tuple[object, ...] = (
    MRN,
    [MRN],
    [[{"a": [MRN]}]],
    {"x": MRN},
    {"content": MRN, "text": [MRN]},
    [{"type": "text", "text": {"value": MRN}}],
    {"type": "text", "text": PHONE},
    [{"text": MRN}, "x", 7, None],
    [{"type": "tool_result", "content": {"x": MRN}, "source": {"type": "text", "data": [MRN]}}],
    [{"type": "resource", "resource": [MRN]}, {"type": "document", "source": MRN}],
    {"function": {"name": MRN, "arguments": {"a": MRN}}, "name": [MRN]},
)


def odd_values(value: object) -> Iterator[tuple[Path, object]]:
    """The ways to all that is in a value, each with some odd values to stand there instead.

    With `EPOL_FUZZ` each with all of them.
    """
    some = len(ODD) if os.environ.get("EPOL_FUZZ") else 2
    for number, path in enumerate(paths(value)):
        for turn in range(some):
            yield path, ODD[(number + 5 * turn) % len(ODD)]


@st.composite
def planted_texts(draw: st.DrawFn) -> str:
    """A text with a plant, perhaps in JSON in a string, up to three deep."""
    if not draw(st.booleans()):
        return (
            draw(st.sampled_from(("", "a ", 'say "', "é\n", "😀")))
            + MRN
            + draw(st.sampled_from(("", ".", '" he', "\\", "\n")))
        )
    value: object = draw(
        st.sampled_from(
            (
                {"k": [MRN]},
                {"n": PHONE, "x": None},
                {MRN: {"a": 1}, "MRN 11111111": 2},
                [f'"{MRN}"', PHONE, True],
                {"a": "x", "b": {"c": [{"d": f"é {MRN}\n"}]}},
            )
        )
    )
    text = json.dumps(
        value, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from((None, 1)))
    )
    for _ in range(draw(st.integers(0, 2))):
        text = json.dumps(draw(st.sampled_from(([text], {"j": text}))))
    return text


@st.composite
def planted(draw: st.DrawFn, sample: object) -> object:
    """A body with up to four plants, in the place of strings, or in fields that no API has."""
    body = sample
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(("string", "field", "key", "number")))
        if kind == "string":
            path = draw(st.sampled_from(list(strings(body))))
            body = replaced(body, path, draw(planted_texts()))
            continue
        path = draw(st.sampled_from(list(objects(body))))
        fields = dict(cast(dict[str, object], at(body, path)))
        if kind == "field":
            fields["zusatz"] = draw(st.sampled_from((draw(planted_texts()), [{"x": MRN}])))
        elif kind == "key":
            fields[draw(st.sampled_from((MRN, f"x {MRN}", str(PHONE))))] = 1
        else:
            fields["zahl"] = draw(st.sampled_from((PHONE, [PHONE, 1.5], {"y": PHONE})))
        body = replaced(body, path, fields)
    return body


@st.composite
def written(draw: st.DrawFn, body: object) -> bytes:
    """A body as bytes, in one of the ways to write it; some characters as escapes."""
    text = json.dumps(
        body,
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from((None, 2))),
        separators=draw(st.sampled_from((None, (",", ":")))),
    )
    if draw(st.booleans()):
        text = text.replace("MRN 0048", "\\u004dRN 00\\u00348").replace(
            " 7123456789,", " 7.123456789e9,"
        )
    return text.encode()


def opened(value: object) -> object:
    """A value with JSON in strings opened, keys numbered, numbers as strings."""
    if isinstance(value, str):
        if value.strip()[:1] in ("{", "["):
            try:
                return ["json", opened(json.loads(value))]
            except ValueError:
                return value
        return value
    if isinstance(value, dict):
        fields = cast(dict[str, object], value)
        return {key: opened(member) for key, member in fields.items()}
    if isinstance(value, list):
        return [opened(member) for member in cast(list[object], value)]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def all_text(value: object) -> Iterator[str]:
    """Every string and key, those of JSON in strings too."""
    value = opened(value)
    if isinstance(value, str):
        yield value
    yield from fields_of(value) or ()
    for _, member in members(value):
        yield from all_text(member)


def shape(value: object) -> object:
    """What is left of a value without its texts and numbers."""
    value = opened(value)
    if isinstance(value, dict):
        return [shape(member) for _, member in members(cast(object, value))]
    if isinstance(value, list):
        return tuple(shape(member) for _, member in members(cast(object, value)))
    return None


def restored(value: object, session: str) -> object:
    """A value with the tokens of a session turned back."""
    tokens = vault().session(session)
    if isinstance(value, str):
        return tokens.restore(value)
    if isinstance(value, dict):
        fields = cast(dict[str, object], value)
        return {tokens.restore(key): restored(member, session) for key, member in fields.items()}
    if isinstance(value, list):
        return [restored(member, session) for member in cast(list[object], value)]
    return value
