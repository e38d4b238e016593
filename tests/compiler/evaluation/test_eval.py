"""`epolc eval`: tables, JSON, baselines, the page, exit statuses; never a text unasked."""

from __future__ import annotations

import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.compiler.cli.running import Ran, epolc

Rows = list[dict[str, object]]

MODULE = r"""module m
label staff.badge
label staff.room
detector badge -> staff.badge { match /\bEMP-\d{4}\b/ }
detector room -> staff.room { match /\broom \d+\b/ }
"""
CANARY = "EMP-00482913"
ROWS: Rows = [
    {"text": "I am EMP-1234", "spans": [{"start": 5, "end": 13, "type": "STAFF_BADGE"}]},
    {"text": f"x {CANARY}", "spans": [{"start": 2, "end": 14, "type": "STAFF_BADGE"}]},
    {"text": "in <b>room 12</b>", "spans": [{"start": 6, "end": 13, "type": "ROOM"}]},
    {"text": "to Rome & room 3", "spans": [{"start": 3, "end": 7, "type": "<CITY>"}]},
    {"text": "nothing here", "spans": []},
    {"text": "EMP-99", "spans": [], "should_match": False, "entity_type": "BADGE"},
    {"text": "BADGE", "spans": [], "should_match": True, "spans_complete": False,
     "entity_type": "BADGE"},
]  # fmt: skip


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "m.epol"
    path.write_text(MODULE, encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path, ROWS)


def write(folder: Path, rows: Rows, name: str = "data.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def evaluate(data: Path | str, policy: Path, *more: str | Path) -> Ran:
    return epolc("eval", data, "--policy", policy, *more)


def test_the_tables(data: Path, policy: Path) -> None:
    ran = evaluate(data, policy)
    assert (ran.status, ran.err) == (0, "")
    lines = [re.sub("  +", " | ", line) for line in ran.out.splitlines()]
    assert lines[:5] == [
        "type | labels | expected | found | recall | precision | f1 | leaked",
        "BADGE | staff.badge | 1 | 0 | 0.0 % | 100.0 % | 0.0 % | -",
        "ROOM | staff.room | 1 | 1 | 100.0 % | 50.0 % | 66.7 % | 0.0 %",
        "STAFF_BADGE | staff.badge | 2 | 1 | 50.0 % | 100.0 % | 66.7 % | 60.0 %",
        "all | 4 | 2 | 50.0 % | 66.7 % | 57.1 % | 44.4 %",
    ]
    assert "staff.room | 2 | 1 | 1 | 0" in lines
    assert "clean texts: 2; findings in them: 0 (0 per 1,000)" in lines
    assert "texts that should not match their type: 1; 0 do" in lines
    assert "not counted, as no label stands for the type: <CITY> (1)" in lines
    assert lines[-1].startswith("speed: ")
    assert CANARY not in ran.out


def test_json_is_the_same_but_for_speed(tmp_path: Path, data: Path, policy: Path) -> None:
    packed = tmp_path / "data.jsonl.gz"
    packed.write_bytes(gzip.compress(data.read_bytes()))
    one = evaluate(data, policy, "--format", "json").json()
    two = evaluate(packed, policy, "--format", "json").json()
    third = epolc(
        "eval", "-", "--policy", policy, "--format", "json", stdin=data.read_bytes()
    ).json()
    for each in (one, two, third):
        assert each.pop("speed")["microseconds_per_kb"] > 0
    assert one == two == third
    assert one["overall"]["recall"] == 0.5
    assert one["overall"]["leaked_share"] == 0.444444
    assert one["types"]["STAFF_BADGE"]["labels"] == ["staff.badge"]
    assert one["labels"]["staff.room"] == {"right": 1, "wrong": 1, "unjudged": 0}
    assert one["unmapped"] == {"<CITY>": 1}
    assert one["clean"] == {"texts": 2, "findings": 0, "per_1000": 0.0}


def test_a_map_goes_before_names(tmp_path: Path, data: Path, policy: Path) -> None:
    named = tmp_path / "map.yaml"
    named.write_text("STAFF_BADGE: null\n<CITY>: staff.room\n", encoding="utf-8")
    found = evaluate(data, policy, "--map", named, "--format", "json").json()
    assert found["unmapped"] == {"STAFF_BADGE": 2}
    assert found["types"]["<CITY>"]["expected"] == 1
    named.write_text('{"ROOM": "staff.rom"}', encoding="utf-8")
    ran = evaluate(data, policy, "--map", named)
    assert ran.status == 2
    assert "is not a label of the policy; did you mean" in ran.err


def test_a_baseline_fails_when_something_is_worse(tmp_path: Path, data: Path, policy: Path) -> None:
    base = tmp_path / "base.json"
    assert evaluate(data, policy, "--write-baseline", base).status == 0
    first = base.read_bytes()
    assert evaluate(data, policy, "--baseline", base, "--write-baseline", base).status == 0
    assert base.read_bytes() == first
    policy.write_text(
        MODULE.replace(r"\d{4}", r"\d{5}").replace(r"room \d+", r"room \d+|here"), "utf-8"
    )
    ran = evaluate(data, policy, "--baseline", base)
    assert ran.status == 1
    worse = ran.err.splitlines()
    assert "worse: type STAFF_BADGE: found: 0, was 1" in worse
    assert "worse: type STAFF_BADGE: leaked characters: 20, was 12" in worse
    assert any(line.startswith("worse: label staff.room: wrong findings") for line in worse)
    assert evaluate(data, policy, "--baseline", base, "--tolerance", "99").status == 0
    found = evaluate(data, policy, "--baseline", base, "--format", "json")
    assert found.status == 1
    assert {"what": "type STAFF_BADGE: found", "was": 1, "now": 0} in found.json()["regressions"]


def test_a_type_that_is_no_longer_counted_is_worse(
    tmp_path: Path, data: Path, policy: Path
) -> None:
    base, named = tmp_path / "base.json", tmp_path / "map.json"
    evaluate(data, policy, "--write-baseline", base)
    named.write_text('{"STAFF_BADGE": null}', encoding="utf-8")
    ran = evaluate(data, policy, "--baseline", base, "--map", named)
    assert ran.status == 1
    assert "worse: type STAFF_BADGE counted: 0, was 2" in ran.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "not JSON"),
        ("[]", "not an object"),
        ('{"version": 2}', "its version is not 1"),
        ('{"version": 1}', "its `totals` is not an object"),
        ('{"version": 1, "totals": {"a": "b"}}', "a count in its `totals` is not a whole number"),
        ('{"version": 1, "totals": {}, "types": {"T": 1}}', "its `T` is not an object"),
        ('{"version": 1, "totals": {}, "types": {}, "labels": {}}', "of other data"),
    ],
)
def test_a_file_that_is_no_baseline(
    tmp_path: Path, data: Path, policy: Path, text: str, said: str
) -> None:
    base = tmp_path / "base.json"
    base.write_text(text, encoding="utf-8")
    ran = evaluate(data, policy, "--baseline", base)
    assert ran.status == 2
    assert said in ran.err


def test_texts_that_the_scanner_refuses_are_named(tmp_path: Path, policy: Path) -> None:
    rows: Rows = [{"text": "room 1 " * 30_000}, {"text": "x", "spans": []}]
    out = tmp_path / "page.html"
    ran = evaluate(write(tmp_path, rows), policy, "--html", out)
    assert "not counted, as scanning is refused: 1 (line 1)" in ran.out
    assert "1 could not be scanned" in out.read_text(encoding="utf-8")


def test_a_page_has_the_first_mistakes_of_many(tmp_path: Path, policy: Path) -> None:
    rows: Rows = [
        {"text": "ab", "spans": [{"start": 0, "end": 2, "type": "ROOM"}]} for _ in range(600)
    ]
    out = tmp_path / "page.html"
    assert evaluate(write(tmp_path, rows), policy, "--html", out).status == 0
    text = out.read_text(encoding="utf-8")
    assert "<p>The first 500.</p>" in text
    assert text.count("<td>ROOM</td>") == 500


class Checked(HTMLParser):
    """Tags that balance, and what a reader with a screen reader needs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.shown = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown += data


def test_the_page_is_whole_accessible_and_has_no_text(
    tmp_path: Path, data: Path, policy: Path
) -> None:
    out = tmp_path / "page.html"
    assert evaluate(data, policy, "--html", out).status == 0
    text = out.read_text(encoding="utf-8")
    page = Checked(text)
    assert not page.open
    names = [tag for tag, _ in page.tags]
    assert not {"script", "link", "img", "iframe"} & set(names)
    assert "http" not in re.sub("http-equiv", "", text)
    assert ("html", {"lang": "en"}) in page.tags
    assert names.count("table") == names.count("caption") == 3
    assert all(values.get("scope") in {"row", "col"} for tag, values in page.tags if tag == "th")
    assert all(values.get("aria-label") for tag, values in page.tags if tag == "div")
    assert "<CITY> (no label)" in page.shown
    for hidden in (CANARY, "Rome", "nothing here", "<CITY>"):
        assert hidden not in text


def test_the_page_shows_texts_if_asked_and_escapes_them(
    tmp_path: Path, data: Path, policy: Path
) -> None:
    out = tmp_path / "page.html"
    assert evaluate(data, policy, "--html", out, "--show-text").status == 0
    text = out.read_text(encoding="utf-8")
    assert f"<mark>{CANARY}</mark>" in text
    assert "to Rome &amp; <mark>room 3</mark>" in text
    first = out.read_bytes()
    evaluate(data, policy, "--html", out, "--show-text")
    assert out.read_bytes() == first


def test_half_characters_and_what_turns_text_round_are_shown_as_codes(
    tmp_path: Path, policy: Path
) -> None:
    odd: dict[str, object] = {
        "text": "\ud83d room 1 \u202e",
        "spans": [{"start": 8, "end": 9, "type": "ROOM"}],
    }
    out = tmp_path / "page.html"
    ran = evaluate(write(tmp_path, [odd]), policy, "--html", out, "--show-text")
    assert ran.status == 0
    assert "\\u{d83d} <mark>room 1</mark> \\u{202e}" in out.read_text(encoding="utf-8")


def test_without_mistakes_the_page_says_so(tmp_path: Path, policy: Path) -> None:
    out = tmp_path / "page.html"
    assert evaluate(write(tmp_path, ROWS[4:5]), policy, "--html", out).status == 0
    assert "<p>None.</p>" in out.read_text(encoding="utf-8")


def test_a_bad_line_ends_it_and_nothing_is_written(tmp_path: Path, policy: Path) -> None:
    bad = write(tmp_path, [*ROWS, {"text": CANARY, "spans": CANARY}])
    base, out = tmp_path / "base.json", tmp_path / "page.html"
    ran = evaluate(bad, policy, "--write-baseline", base, "--html", out)
    assert (ran.status, ran.out) == (2, "")
    assert f"{bad}: line 8: `spans` is not a list" in ran.err
    assert CANARY not in ran.err
    assert not base.exists()
    assert not out.exists()


def test_wrong_usage(tmp_path: Path, data: Path, policy: Path) -> None:
    empty = write(tmp_path, [], "empty.jsonl")
    assert "there is no text in it" in evaluate(empty, policy).err
    assert evaluate(empty, policy).status == 2
    assert evaluate(tmp_path / "none.jsonl", policy).status == 2
    assert evaluate(data, policy, "--show-text").status == 2
    assert evaluate(data, policy, "--tolerance", "-1").status == 2
    assert evaluate(data, policy, "--html", tmp_path / "no" / "x.html").status == 2
    policy.write_text("module m\nlabel", encoding="utf-8")
    assert evaluate(data, policy).status == 1
