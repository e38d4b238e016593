"""The tests of the pages find what is wrong with a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Block, blocks
from tests.docs.page import Page
from tests.docs.shell import matches, run, steps

HOSPITAL = "examples/hospital/hospital.epol"


def problems(tmp_path: Path, info: str, text: str) -> list[str]:
    """What a page with one block is told."""
    language, *words = info.split()
    options = {word.partition("=")[0]: word.partition("=")[2] for word in words}
    page = Page(tmp_path)
    page.run(Block(ROOT / "README.md", 1, language, options, text))
    return page.problems


@pytest.mark.parametrize(
    ("info", "text"),
    [
        ("epol", 'policy p version "1"\nrule r { deny when }\n'),
        ("epol", "rule r { deny }\n"),
        ("epol fragment", "rule r { when task.complexty > 1 deny }\n"),
        ("epol fragment", 'rule r { deny }\ntest "t" { expect route ward }\n'),
        ("epol error=unknown-label", "rule r { deny }\n"),
        ("epol fragment warning=label-without-detector", "rule r { deny }\n"),
        ("epol fragment", 'test "t" { text "MRN 00482913" expect redact phi.mrn }\n'),
        ("console", "$ epolc explain nothing\n"),
        ("console status=1", "$ epolc --version\n"),
        ("console", "$ echo one\ntwo\n"),
        ("json", "{"),
        (f"json request={HOSPITAL}", '{"attributes": {"net.jitter": 4}}'),
        (f"json request={HOSPITAL} refused=net.jitter", "{}"),
        ("console", "$ echo MRN 00482913 | epolc scan --policy std.hipaa\n"),
        ("json decision", '{"status": "route"}'),
        ("yaml", "a: [1\n"),
        ("sh", "make tea\n"),
        ("text output", "something\n"),
        ("rust", "fn main() {}\n"),
    ],
)
def test_what_is_wrong_with_a_block_is_found(
    info: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert problems(tmp_path, info, text)


def test_a_program_that_fails_fails_the_page(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        problems(tmp_path, "python", "1 / 0\n")


def test_a_block_that_is_not_closed_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```epol\nrule r { deny }\n", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"page.md:1: this block is not closed"):
        blocks(page)


@pytest.mark.parametrize(
    ("expected", "got", "fits"),
    [
        ("one\n", "one\n", True),
        ("", "", True),
        ("one\n", "two\n", False),
        ("one\n", "one\ntwo\n", False),
        ("one\n...\nfour\n", "one\ntwo\nthree\nfour\n", True),
        ("one\n...\n", "one\n", True),
        ("a ... b\n", "a and b\n", True),
        ("a ... b\n", "a and\nb\n", False),
        ("(.*)\n", "anything\n", False),
    ],
)
def test_output_is_compared_line_by_line(expected: str, got: str, fits: bool) -> None:
    assert matches(expected, got) is fits


def test_a_session_is_commands_and_their_output() -> None:
    session = "$ echo one\none\n$ echo two \\\n>   three\ntwo three\n"
    assert [(s.command, s.output) for s in steps(session)] == [
        ("echo one", "one\n"),
        ("echo two three", "two three\n"),
    ]


def test_a_variable_is_set_for_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EPOL_KEY", raising=False)
    scan = "echo MRN 00482913 | {} epolc scan --policy std.hipaa --treat hash"
    first, again, other = (
        run(scan.format(key)) for key in ("EPOL_KEY='sixteen bytes ok'",) * 2 + ("EPOL_KEY=x",)
    )
    assert first == again
    assert other == (2, "error: EPOL_KEY needs 16 bytes at least\n")
    assert "EPOL_KEY is not set" in run(scan.format(""))[1]


def test_a_request_is_scanned(tmp_path: Path) -> None:
    page = Page(tmp_path)
    options = {"request": HOSPITAL}
    text = '{"text": [{"role": "user", "text": "MRN 00482913"}]}'
    page.run(Block(ROOT / "README.md", 1, "json", options, text))
    assert page.decided is not None
    assert page.decided["labels"] == {"phi.mrn": 1}


def test_the_shell_knows_few_commands() -> None:
    with pytest.raises(AssertionError, match="has no `rm"):
        run("rm -r .")
