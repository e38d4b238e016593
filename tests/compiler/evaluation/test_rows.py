"""Reading labelled lines: what they hold, and what is wrong with them."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.evaluation import rows as module
from epol.compiler.evaluation.rows import Labelled, Row, Rows, RowsError

GOOD = '{"text": "abc", "spans": [{"start": 0, "end": 2, "type": "T"}], "entity_type": "E"}'
CANARY = "CANARY 00482913"


def read(folder: Path, data: str | bytes) -> list[Row]:
    path = folder / "data.jsonl"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(Rows(path))


def test_a_row_with_what_it_does_not_say(tmp_path: Path) -> None:
    first, second = read(tmp_path, f'{GOOD}\n\n{{"text": "x"}}')
    assert first == Row(1, "abc", (Labelled(0, 2, "T"),), "E", should_match=True, is_whole=True)
    assert second == Row(3, "x", (), None, should_match=False, is_whole=True)


def test_compressed_data_is_the_same_data(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_text(GOOD, encoding="utf-8")
    packed.write_bytes(gzip.compress(GOOD.encode()))
    one, two = Rows(plain), Rows(packed)
    assert list(one) == list(two)
    assert one.digest == two.digest


def span(start: object, end: object, type_: object = "T") -> str:
    spans = [{"start": start, "end": end, "type": type_}]
    return json.dumps({"text": CANARY, "spans": spans})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2 is not JSON (column 2)"),
        (f'{{"text": "{CANARY}"', "line 2 is not JSON"),
        ("[" * 100_000, "line 2 is not JSON that can be read"),
        ("1" * 5000, "line 2 is not JSON that can be read"),
        ("[]", "line 2 is not an object"),
        ("{}", "line 2: `text` is not a string"),
        ('{"text": 1}', "line 2: `text` is not a string"),
        ('{"text": "a", "spans": {}}', "`spans` is not a list"),
        ('{"text": "a", "spans": [1]}', "a span is not an object"),
        (span("0", 1), "not a whole number"),
        (span(True, 2), "not a whole number"),
        (span(0, 1.5), "not a whole number"),
        (span(1, 1), "not within the text"),
        (span(-1, 1), "not within the text"),
        (span(0, 99), "not within the text"),
        (span(0, 1, None), "a span has no `type`"),
        (span(0, 1, CANARY * 20), "`type` is not a string of 1 to 100 printable characters"),
        (span(0, 1, "\ud800"), "`type` is not a string of 1 to 100 printable characters"),
        (span(0, 1, ""), "`type` is not a string of 1 to 100 printable characters"),
        ('{"text": "a", "should_match": 1}', "`should_match` is not true or false"),
        ('{"text": "a", "entity_type": 1}', "`entity_type` is not a string"),
        (GOOD.replace("{", '{"should_match": false, ', 1), "it has spans, and"),
    ],
)
def test_a_bad_line_is_named_and_not_repeated(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(RowsError) as error:
        read(tmp_path, f"{GOOD}\n{line}\n")
    assert said in str(error.value)
    assert "line 2" in str(error.value)
    assert CANARY not in str(error.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(RowsError, match="line 1 is not UTF-8"):
        read(tmp_path, b'{"text": "\xff"}')


@pytest.mark.parametrize("cut", [3, 30, -4])
def test_broken_compression(tmp_path: Path, cut: int) -> None:
    with pytest.raises(RowsError, match="the compressed data is broken after line"):
        read(tmp_path, gzip.compress(GOOD.encode() * 50)[:cut])


def test_a_line_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", 100)
    with pytest.raises(RowsError, match="line 2 has more than 100 bytes"):
        read(tmp_path, f"{GOOD}\n{' ' * 200}")


@given(st.binary(max_size=60))
def test_any_bytes_are_rows_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    with suppress(RowsError):
        read(tmp_path_factory.mktemp("rows"), data)
