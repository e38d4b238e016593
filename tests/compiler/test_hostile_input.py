"""Files and requests that are odd, large or made to hurt."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.compiler.cli.running import HEAD, WARD, epolc, write

FINE = HEAD + WARD


def names(tmp_path: Path, text: str) -> list[str]:
    report = epolc("check", write(tmp_path, text), "--format", "json").json()
    return [diagnostic["name"] for diagnostic in report["diagnostics"]]


def test_the_waiver_of_a_finding_of_the_solver_is_taken(tmp_path: Path) -> None:
    waiver = '# epol: allow rule-never-fires until 2099-03-31 because "kept for audit"\n'
    rule = "rule r { when request.tokens < 0 deny }\n"
    assert names(tmp_path, FINE + rule) == ["rule-never-fires"]
    assert names(tmp_path, FINE + waiver + rule) == []


@pytest.mark.parametrize("forward", [True, False])
def test_lets_may_stand_in_any_order(tmp_path: Path, forward: bool) -> None:
    lets = [f"let x{i} = x{i + 1}\n" for i in range(400)] + ["let x400 = net.online\n"]
    ordered = lets if forward else lets[::-1]
    assert names(tmp_path, FINE + "".join(ordered) + "rule q { when x0 deny }\n") == []


def test_a_long_chain_of_nots_is_refused_quickly(tmp_path: Path) -> None:
    text = FINE + "rule r { when " + "not " * 200_000 + "net.online deny }\n"
    assert names(tmp_path, text) == ["nesting-too-deep"]


def test_thousands_of_mistakes_are_not_all_printed(tmp_path: Path) -> None:
    text = FINE + "".join(f"rule r{i} {{ when nope{i} deny }}\n" for i in range(3000))
    assert len(names(tmp_path, text)) == 500


@pytest.mark.skipif(os.name != "posix", reason="file names are text elsewhere")
@pytest.mark.parametrize("format_", ["human", "json", "sarif", "junit", "github"])
def test_a_file_name_that_is_no_text_is_shown_in_escapes(tmp_path: Path, format_: str) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/x\xff.epol")
    try:
        Path(name).write_text(FINE + "rule r { when nobody deny }\n", encoding="utf-8")
    except OSError:
        pytest.skip("this file system has no such names")
    ran = epolc("check", name, "--format", format_)
    assert ran.status == 1
    assert "udcff" in ran.out


@pytest.mark.parametrize(
    "pattern",
    [r"(?P=v)", r"\k<v>", "(?R)", "a(?(1)b|c)", r"\Gx", r"a\Kx", "(?|a|b)", r"\C", r"(a)\1"],
)
def test_what_the_scanner_lacks_is_named(tmp_path: Path, pattern: str) -> None:
    text = FINE + f"label l\ndetector d -> l {{ match /x{pattern}/ }}\nrule r {{ redact l }}\n"
    assert names(tmp_path, text) == ["pattern-unsupported"]


@pytest.mark.parametrize(
    "pattern", [r"\\\\K", r"[a]\\.G", r"(?P<value>a)", r" \\bEMP\\b", r"\\p{L}+"]
)
def test_what_the_scanner_has_is_taken(tmp_path: Path, pattern: str) -> None:
    regex = pattern.replace("\\\\", "\\")
    text = FINE + f"label l\ndetector d -> l {{ match /x{regex}/ }}\nrule r {{ redact l }}\n"
    assert names(tmp_path, text) == []


def test_every_declaration_that_does_not_parse_is_reported(tmp_path: Path) -> None:
    text = FINE + 'test "x" { expect rout a }\nlabel 5\nrule d { when nope deny }\n'
    assert names(tmp_path, text) == ["syntax-error", "syntax-error", "unknown-attribute"]


def test_a_missing_condition_is_called_that(tmp_path: Path) -> None:
    ran = epolc("check", write(tmp_path, FINE + "rule r { when deny }\n"))
    assert "a condition is missing before `deny`" in ran.out


def test_a_byte_order_mark_before_json_means_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, FINE)
    ran = epolc("decide", path, "--request", "-", stdin=b"\xef\xbb\xbf{}")
    assert ran.status == 0


def test_or_more_is_said_only_where_it_is_true(tmp_path: Path) -> None:
    text = FINE + (
        "attr a.i : int\nattr a.j : int\n"
        "rule r { when a.i > 5 unless a.i - a.j in 60 .. 70 block }\n"
    )
    body = json.dumps({"attributes": {"a.i": 1, "a.j": 50}})
    ran = epolc("decide", write(tmp_path, text), "--request", "-", "--explain", stdin=body)
    assert "With a.i at 6, it would be blocked." in ran.out


def test_the_facts_that_a_request_names_come_first(tmp_path: Path) -> None:
    text = FINE + "rule r { when task.complexity > 0.5 block }\n"
    body = json.dumps({"attributes": {"task.complexity": 0.2}})
    ran = epolc("decide", write(tmp_path, text), "--request", "-", "--explain", stdin=body)
    changes = ran.out.split("What would change it:\n")[1].splitlines()
    assert changes[0] == "- With task.complexity above 0.5, it would be blocked."
