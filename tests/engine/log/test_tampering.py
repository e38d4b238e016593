"""Whatever is done to a log without its key, verifying says so, and mostly says what and where."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.engine.log.folder import file_of
from epol.engine.log.keys import LogKeys
from epol.engine.log.writer import LogWriter
from tests.engine.log.logs import KEY, OTHER_KEY, found, verify, write


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a log of one file with two epochs."""
    folder = write(tmp_path_factory.mktemp("small") / "log", seal_lines=4)
    assert found(verify(folder)) == []
    return file_of(folder, 1).read_bytes()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("changed") / "000001.jsonl"


def judged(place: Path, data: bytes) -> list[str]:
    place.write_bytes(data)
    return found(verify(place))


def lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def test_what_was_written_is_right(small: bytes, place: Path) -> None:
    assert judged(place, small) == []
    report = verify(place)
    assert report.kinds == {"begin": 1, "policy": 1, "decision": 4, "seal": 2}
    assert report.lines == len(lines(small)) == 8


@given(data=st.data())
@settings(max_examples=500, deadline=None)
def test_a_bit_that_is_flipped(small: bytes, place: Path, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(small) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = bytearray(small)
    changed[at] ^= 1 << bit
    assert judged(place, bytes(changed))


def test_every_byte_and_every_cut_of_a_tiny_log(tmp_path: Path, place: Path) -> None:
    to = LogWriter(tmp_path / "tiny", LogKeys(KEY), max_bytes=1 << 20, fsync="never")
    with to.turn():
        to.append("decision", b'"x":1')
        to.seal("lines")
        to.append("decision", b"")
        to.seal("close")
    to.close()
    tiny = file_of(tmp_path / "tiny", 1).read_bytes()
    assert judged(place, tiny) == []
    for at in range(len(tiny)):
        changed = bytearray(tiny)
        changed[at] ^= 1 << (at % 8)
        assert judged(place, bytes(changed)), at
        assert judged(place, tiny[:at]), at
        assert judged(place, tiny[:at] + tiny[at + 1 :]), at


def test_a_file_cut_off_anywhere(small: bytes, place: Path) -> None:
    for size in range(0, len(small), 7):
        assert judged(place, small[:size]), size
    for line in range(8):
        assert judged(place, b"".join(lines(small)[:line]))


@given(st.integers(0, 7))
@settings(deadline=None)
def test_a_line_that_is_gone(small: bytes, place: Path, at: int) -> None:
    left = lines(small)
    del left[at]
    wanted = {0: "not-a-log", 7: "end-open"}.get(at, "lines-removed")
    assert wanted in judged(place, b"".join(left))


@given(st.lists(st.integers(0, 7), min_size=2, max_size=2, unique=True))
@settings(deadline=None)
def test_lines_that_are_exchanged(small: bytes, place: Path, pair: list[int]) -> None:
    one, other = pair
    moved = lines(small)
    moved[one], moved[other] = moved[other], moved[one]
    assert judged(place, b"".join(moved))


@given(st.integers(0, 7), st.integers(0, 8))
@settings(deadline=None)
def test_a_line_that_is_there_twice(small: bytes, place: Path, of: int, at: int) -> None:
    more = lines(small)
    more.insert(at, more[of])
    assert judged(place, b"".join(more))
    doubled = lines(small)
    doubled.insert(of, doubled[of])
    assert judged(place, b"".join(doubled)) == ["line-duplicated"]


@given(st.integers(0, 8), st.binary(max_size=40))
@settings(deadline=None)
def test_bytes_that_are_added(small: bytes, place: Path, at: int, junk: bytes) -> None:
    more = lines(small)
    more.insert(at, junk + b"\n")
    assert judged(place, b"".join(more))


@given(st.lists(st.integers(0, 7), max_size=12))
@settings(deadline=None, max_examples=300)
def test_any_other_sequence_of_its_lines(small: bytes, place: Path, order: list[int]) -> None:
    own = lines(small)
    assert (judged(place, b"".join(own[at] for at in order)) == []) == (order == list(range(8)))


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_what_is_no_log(place: Path, junk: bytes) -> None:
    assert judged(place, junk) == ["not-a-log"]


def test_what_was_done_is_named(small: bytes, place: Path) -> None:
    own = lines(small)
    said = own[3].replace(b'"status":"route"', b'"status":"block"')
    assert said != own[3]
    place.write_bytes(b"".join([*own[:3], said, *own[4:]]))
    (finding,) = verify(place).findings
    assert (finding.name, finding.line, finding.file) == ("line-altered", 4, place)

    code = own[3][:-10] + bytes([own[3][-10] ^ 1]) + own[3][-9:]
    assert judged(place, b"".join([*own[:3], code, *own[4:]])) == ["line-altered"]

    place.write_bytes(b"".join([*own[:2], *own[5:]]))
    (finding,) = verify(place).findings
    assert finding.name == "lines-removed"
    assert "records 3 to 5 are missing" in finding.message

    assert judged(place, b"".join([*own[:3], own[2], *own[3:]])) == ["line-duplicated"]
    assert judged(place, b"".join([*own[:5], own[2], *own[5:]])) == ["line-out-of-order"]
    assert judged(place, small[:-20]) == ["torn-end"]
    assert judged(place, b"".join(own[:-1])) == ["end-open"]


def test_another_key(small: bytes, place: Path) -> None:
    place.write_bytes(small)
    assert found(verify(place, keys=[OTHER_KEY])) == ["wrong-key"]
    assert found(verify(place, keys=[])) == ["wrong-key"]
    assert found(verify(place, keys=[OTHER_KEY, KEY])) == []


def test_a_line_of_the_same_key_from_another_log(small: bytes, place: Path, tmp_path: Path) -> None:
    other = lines(file_of(write(tmp_path / "other", seal_lines=4), 1).read_bytes())
    for at in range(8):
        mixed = lines(small)
        mixed[at] = other[at]
        assert judged(place, b"".join(mixed))
    assert judged(place, b"".join([*lines(small)[:4], *other[4:]]))


def test_a_log_in_use_ends_open(small: bytes, place: Path) -> None:
    place.write_bytes(b"".join(lines(small)[:-1]))
    assert found(verify(place)) == ["end-open"]
    assert found(verify(place, is_open=True)) == []
    place.write_bytes(small[:-1])
    assert found(verify(place, is_open=True)) == ["torn-end"]


def test_a_head_that_is_known_shows_what_was_cut_off_cleanly(tmp_path: Path) -> None:
    folder = write(tmp_path / "log")
    before = file_of(folder, 1).read_bytes()
    head = verify(write(folder)).head
    assert found(verify(folder, head=head)) == []
    file_of(folder, 1).write_bytes(before)
    assert found(verify(folder)) == []  # a whole log, as it was a session ago
    assert found(verify(folder, head=head)) == ["head-missing"]


def test_many_findings_are_counted(small: bytes, place: Path) -> None:
    place.write_bytes(lines(small)[0] + b"x\n" * 250)
    report = verify(place)
    assert (report.count, len(report.findings)) == (251, 100)
