"""The file: what is written comes back, and nothing else is taken for a bundle."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle import container
from epol.engine.bundle.container import (
    ALIGNMENT,
    MAX_BYTES,
    MAX_SECTIONS,
    open_frame,
    pack,
    sections_of,
)
from epol.engine.bundle.contents import BundleError, read_bundle, write_bundle
from epol.engine.bundle.trust import Trust
from tests.engine.bundle.making import (
    CONTENTS,
    ENTRY,
    HEADER,
    MAGIC,
    NO_SIGNATURES,
    SMALL,
    bundle,
    entry,
    file_of,
    sealed,
    trusting,
)

NAMES = st.from_regex(
    r"[a-z0-9][a-z0-9._+-]{0,20}(/[a-z0-9][a-z0-9._+-]{0,20}){0,2}", fullmatch=True
)


def opened(data: bytes) -> dict[str, memoryview]:
    return sections_of(open_frame(data))


@given(st.dictionaries(NAMES, st.binary(max_size=300), min_size=1, max_size=8))
def test_sections_come_back_aligned_and_the_same(sections: dict[str, bytes]) -> None:
    data = pack(sections)
    assert {name: bytes(view) for name, view in opened(data).items()} == sections
    assert pack(dict(reversed(sections.items()))) == data
    assert all(view.readonly for view in opened(data).values())
    table = open_frame(data).head[HEADER.size :]
    assert all(offset % ALIGNMENT == 0 for _, offset, _, _ in ENTRY.iter_unpack(table))


def test_sections_lie_at_multiples_of_64() -> None:
    data = pack({"a": b"A" * 65, "b": b"B" * 3, "c": b"C" * 64})
    assert [data.index(mark) for mark in (b"AAA", b"BBB", b"CCC")] == [448, 576, 640]


@given(st.binary(max_size=400))
def test_no_bytes_but_a_bundle_are_one(data: bytes) -> None:
    for prefix in (b"", MAGIC, MAGIC + b"\1\0\0\0"):
        with pytest.raises(BundleError):
            read_bundle(prefix + data, trust=None)


# --- damage: every bit, every length ----------------------------------------------------------


def damaged(data: bytes) -> Iterator[tuple[str, bytes]]:
    for at, byte in enumerate(data):
        for bit in range(8):
            yield f"bit {bit} of byte {at}", data[:at] + bytes([byte ^ 1 << bit]) + data[at + 1 :]
    for length in range(len(data)):
        yield f"the first {length} bytes", data[:length]
    for more in (b"\0", b"\n", data, bytes(64)):
        yield "trailing bytes", data + more
    for at in range(0, len(data), 16):
        yield f"a byte more at {at}", data[:at] + b"\0" + data[at:]
        yield f"no bytes {at} to {at + 15}", data[:at] + data[at + 16 :]
        yield f"zeros from {at}", data[:at] + bytes(len(data) - at)


def error_of(data: bytes, trust: Trust | None) -> str:
    """What is said of a bundle that is not taken; anything but a BundleError is raised."""
    try:
        read_bundle(data, trust=trust)
    except BundleError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("trust", [None, trusting(1)], ids=["no trust", "trust"])
def test_every_damage_is_an_error_that_says_so(trust: Trust | None) -> None:
    data = bundle(1, 2, contents=SMALL)
    assert read_bundle(data, trust=trust).manifest == SMALL.manifest
    tried = 0
    for what, bad in damaged(data):
        if bad == data:
            continue
        tried += 1
        assert error_of(bad, trust), what
    assert tried > 8 * len(data)


EDITS = st.lists(
    st.tuples(st.integers(0, 2**16), st.integers(0, 40), st.binary(max_size=40)),
    min_size=1,
    max_size=6,
)
"""Where, how many bytes go, and what comes in their place."""


@given(EDITS, st.sampled_from([None, trusting(2)]))
def test_no_edit_of_a_bundle_is_taken(
    edits: list[tuple[int, int, bytes]], trust: Trust | None
) -> None:
    data = bundle(1, 2)
    edited = bytearray(data)
    for at, gone, come in edits:
        start = at % (len(edited) + 1)
        edited[start : start + gone] = come
    assert bool(error_of(bytes(edited), trust)) == (edited != data)


OFFSETS = st.sampled_from([0, 32, 64, 192, 256, 320, 384, 448, 512, 2**32, 2**63, 2**64 - 64])
LENGTHS = st.integers(0, 200) | st.sampled_from([2**32, 2**63, 2**64 - 1])


@given(
    st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c", b"d/e"]), OFFSETS, LENGTHS), max_size=4),
    st.binary(max_size=200),
    st.none() | st.integers(0, 2**32 - 1),
    st.none() | OFFSETS,
)
def test_a_table_with_right_digests_is_taken_only_if_it_is_the_one_way(
    lines: list[tuple[bytes, int, int]], payload: bytes, count: int | None, body: int | None
) -> None:
    whole = bytes(32 + 128 * len(lines) + 32) + payload
    entries = [
        entry(name, at, whole[at : at + size] if at < 2**20 else b"", size)
        for name, at, size in lines
    ]
    data = file_of(entries, payload, count=count, body=body)
    try:
        sections = opened(data)
    except BundleError:
        return
    assert pack(sections) == data


@pytest.mark.parametrize(
    ("region", "says"),
    [
        ("header", "is not a bundle"),
        ("format", "of format 513"),
        ("count", "header or its table"),
        ("body", "cut short"),
        ("reserved", "damaged in its header"),
        ("table", "table of sections"),
        ("table digest", "table of sections"),
        ("manifest", "the section `manifest`"),
        ("program", "the section `program`"),
        ("record", "the section `record`"),
        ("sources", "the section `sources`"),
        ("text", "the section `text`"),
        ("databases/5.4.11-x86_64-avx2", "the section `databases/5.4.11-x86_64-avx2`"),
        ("padding", "behind the section `text`"),
        ("signature", "its signatures"),
        ("signatures' digest", "its signatures"),
    ],
)
def test_damage_is_told_where_it_is(region: str, says: str) -> None:
    data = bytearray(bundle(1))
    frame = open_frame(bytes(data))
    sections = sections_of(frame)
    places = {
        "header": 0, "format": 9, "count": 12, "body": 20, "reserved": 30, "table": 100,
        "table digest": len(frame.head) + 5, "padding": frame.body - 1,
        "signature": frame.body + 20, "signatures' digest": len(data) - 1,
        **{name: bytes(data).index(bytes(view)) for name, view in sections.items() if view},
    }  # fmt: skip
    data[places[region]] ^= 2
    with pytest.raises(BundleError, match=says):
        read_bundle(bytes(data), trust=None)


# --- made with intent: the digests are right, the rest is not --------------------------------

AT = 64 + 128
"""Where the first section of a file with one begins."""


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (file_of([], bytes(0), end=sealed(NO_SIGNATURES)), "damaged in its header"),
        (file_of([entry(b"a", AT, b"")], b"", count=2**32 - 1), "damaged in its header"),
        (file_of([entry(b"a", AT, b"")], b"", count=64), "cut short"),
        (file_of([entry(b"a", AT, b"")], b"", body=2**64 - 64), "cut short"),
        (file_of([entry(b"a", AT, b"")], b"", body=0), "cut short"),
        (file_of([entry(b"a", AT, b"")], b"", body=AT + 1), "cut short"),
        (file_of([entry(b"a", AT, b"")], b"", reserved=1), "damaged in its header"),
        (file_of([entry(b"a", AT, b"", 2**64 - 1)], b""), "longer than the file"),
        (file_of([entry(b"a", AT, b"", 1)], b""), "longer than the file"),
        (file_of([entry(b"a", 2**64 - 64, b"")], b""), "does not lie"),
        (file_of([entry(b"a", 0, b"")], b""), "does not lie"),
        (file_of([entry(b"a", AT + 64, b"x")], bytes(64) + b"x" + bytes(63)), "does not lie"),
        (file_of([entry(b"a", AT, b"x")], b"x" + bytes(63) + bytes(64)), "something lies behind"),
        (file_of([entry(b"a", AT, b"x")], b"x" + bytes(62) + b"\1"), "behind the section `a`"),
        (file_of([entry(b"", AT, b"")], b""), "no name"),
        (file_of([entry(b"a\0b", AT, b"")], b""), "no name"),
        (file_of([entry(b"../a", AT, b"")], b""), "no name"),
        (file_of([entry(b"A", AT, b"")], b""), "no name"),
        (file_of([entry(b"a\n", AT, b"")], b""), "no name"),
        (file_of([entry(b"\xff", AT, b"")], b""), "no name"),
        (file_of([entry(b"a", AT, b"")], b"", version=0), "format 0"),
        (file_of([entry(b"a", AT, b"")], b"", version=2), "format 2"),
        (file_of([entry(b"a", AT, b"")], b"", version=2**32 - 1), "reads 1;"),
        (file_of([entry(b"a", AT, b"")], b"", end=b""), "signatures"),
        (file_of([entry(b"a", AT, b"")], b"", end=sealed(b"\xff" * 8)), "signatures"),
        (file_of([entry(b"a", AT, b"")], b"", end=sealed(b"\1" + bytes(7))), "signatures"),
        (
            file_of([entry(b"a", AT, b"")], b"", end=sealed(b"\2" + bytes(7 + 2 * 96))),
            "one key's is there twice",
        ),
    ],
)  # fmt: skip
def test_a_file_that_lies_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(BundleError, match=says):
        opened(data)


def signatures(count: int) -> bytes:
    """So many signatures, in order and each of another key."""
    each = b"".join(bytes([number]) * 96 for number in range(count))
    return sealed(count.to_bytes(8, "little") + each)


def test_one_signature_too_many_is_refused() -> None:
    line = entry(b"a", AT, b"")
    most = container.MAX_SIGNATURES
    assert len(open_frame(file_of([line], b"", end=signatures(most))).signatures) == most
    with pytest.raises(BundleError, match="signatures"):
        opened(file_of([line], b"", end=signatures(most + 1)))


def test_a_file_made_by_hand_is_opened() -> None:
    """The files above are refused for what is wrong in them, not for how they are made."""
    assert opened(file_of([entry(b"a", AT, b"x")], b"x" + bytes(63))) == {"a": b"x"}


def test_sections_that_share_bytes_are_refused() -> None:
    at = 64 + 2 * 128
    content = b"x" * 64
    shared = file_of([entry(b"a", at, content), entry(b"b", at, content)], content)
    with pytest.raises(BundleError, match="`b` does not lie"):
        opened(shared)


@pytest.mark.parametrize("names", [(b"b", b"a"), (b"a", b"a")])
def test_sections_stand_in_order_and_once(names: tuple[bytes, bytes]) -> None:
    at = 64 + 2 * 128
    with pytest.raises(BundleError, match="table is not in order"):
        opened(file_of([entry(name, at, b"") for name in names], b""))


def test_a_file_may_not_be_larger_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bundle()
    monkeypatch.setattr(container, "MAX_BYTES", len(data))
    open_frame(data)
    monkeypatch.setattr(container, "MAX_BYTES", len(data) - 1)
    with pytest.raises(BundleError, match="is the most"):
        open_frame(data)


@pytest.mark.parametrize(("name", "inside"), [("a", 0), ("a", -1), ("b", 0), ("b", -1)])
def test_a_large_file_is_looked_at_to_its_last_byte(name: str, inside: int) -> None:
    sections = {each: each.encode() * 3 * 2**20 for each in "ab"}
    data = bytearray(pack(sections))
    assert opened(bytes(data)) == sections
    mark = name.encode() * 64
    place = data.index(mark) if inside == 0 else data.rindex(mark) + len(mark) - 1
    data[place] ^= 1
    with pytest.raises(BundleError, match=f"section `{name}` "):
        opened(bytes(data))


def test_what_is_written_has_room_for_its_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    room = 96 * container.MAX_SIGNATURES
    monkeypatch.setattr(container, "MAX_BYTES", len(bundle()) + room)
    assert len(bundle(*range(16))) == container.MAX_BYTES
    monkeypatch.setattr(container, "MAX_BYTES", len(bundle()) + room - 1)
    with pytest.raises(BundleError, match="is the most"):
        write_bundle(CONTENTS)


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {f"s{i:02}": b"" for i in range(MAX_SECTIONS + 1)},
        {"A": b""},
        {"": b""},
        {"a/": b""},
        {"ä": b""},
        {"a" * 81: b""},
    ],
    ids=lambda sections: f"{len(sections)} sections",
)
def test_what_no_reader_takes_is_not_written(sections: dict[str, bytes]) -> None:
    with pytest.raises(BundleError):
        pack(sections)


def test_what_is_at_the_limit_is_written_and_read() -> None:
    for sections in ({f"s{i:02}": b"" for i in range(MAX_SECTIONS)}, {"a" * 80: b""}):
        assert opened(pack(sections)) == sections


def test_only_the_current_format_is_written() -> None:
    for number in (0, 2):
        with pytest.raises(BundleError, match="not written"):
            write_bundle(CONTENTS, format=number)


def test_limits_are_those_of_the_page() -> None:
    assert (MAX_BYTES, MAX_SECTIONS, container.MAX_SIGNATURES) == (2**28, 64, 16)


def test_the_name_of_a_bundle_is_over_all_but_the_signatures() -> None:
    digest = read_bundle(bundle(), trust=None).digest
    assert digest == "sha256:" + hashlib.sha256(open_frame(bundle()).head).hexdigest()
    assert read_bundle(bundle(1, 2), trust=None).digest == digest
    other = replace(CONTENTS, program=b"other")
    assert read_bundle(bundle(contents=other), trust=None).digest != digest
