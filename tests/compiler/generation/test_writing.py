"""Where tests that were made go: nothing that is there is ever lost or written over."""

from pathlib import Path

import pytest

from epol.compiler.generation.reading import Reading
from epol.compiler.generation.writing import Page, WritingError, page_for
from epol.compiler.pipeline import Compiled, compile_policy
from epol.lang.parser import MAX_SOURCE_BYTES
from tests.compiler.building import HEAD, WARD, build
from tests.compiler.cli.running import epolc

POLICY = HEAD + WARD + "attr a.x : bool\nrule r { when a.x deny }\n"
BLOCK = 'test "t" {\n  expect route ward\n}\n'


@pytest.fixture
def built(tmp_path: Path) -> Compiled:
    return build(tmp_path, POLICY)


def test_the_policy_gets_them_at_its_end(built: Compiled, tmp_path: Path) -> None:
    page = page_for(built, None)
    assert page.path == tmp_path / "policy.epol"
    assert (
        page.with_tests("Why.", [BLOCK, BLOCK])
        == (POLICY + f"\n# Why.\n\n{BLOCK}\n{BLOCK}").encode()
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"x", b"x\n\n# Why.\n\n"),
        (b"x\n", b"x\n\n# Why.\n\n"),
        (b"x\r\n", b"x\r\n\r\n# Why.\r\n\r\n"),
        (b"\xef\xbb\xbf# caf\xc3\xa9 \n\n", b"\xef\xbb\xbf# caf\xc3\xa9 \n\n\n# Why.\n\n"),
    ],
)
def test_what_was_there_stays_byte_for_byte(before: bytes, after: bytes) -> None:
    whole = Page(Path("p.epol"), before).with_tests("Why.", [BLOCK])
    assert whole.startswith(after)
    assert (b"\r\n" in whole) == (b"\r\n" in before)
    assert b"\n" not in whole.replace(b"\r\n", b"") or b"\r\n" not in before


def test_a_new_file_is_a_module_after_its_name(built: Compiled, tmp_path: Path) -> None:
    page = page_for(built, tmp_path / "policy-tests 2.epol")
    assert not page.is_read
    assert page.with_tests("Why.", [BLOCK]).startswith(b"module policy_tests_2\n\n# Why.\n")
    assert page_for(built, tmp_path / "2.epol").head == "module tests_2\n\n"
    assert page_for(built, tmp_path / "and.epol").head in ("module and\n\n", "module tests_and\n\n")


def test_a_module_of_tests_that_the_policy_imports_gets_more(tmp_path: Path) -> None:
    built = build(tmp_path, POLICY + 'import "./m.epol"', m=f"module m\n{BLOCK}")
    page = page_for(built, tmp_path / "m.epol")
    assert page.is_read
    assert page.with_tests("Why.", [BLOCK]).startswith(f"module m\n{BLOCK}\n# Why.".encode())


def test_other_files_are_refused(tmp_path: Path) -> None:
    built = build(tmp_path, POLICY + 'import "./m.epol"', m="module m\nattr b.y : bool", other="")
    for name, why in {
        "m.epol": "more than tests in it",
        "other.epol": "is there already",
        "tests.yaml": "an .epol file",
    }.items():
        with pytest.raises(WritingError, match=why):
            page_for(built, tmp_path / name)
    (tmp_path / "sub").mkdir()
    with pytest.raises(WritingError, match="a module `m` already"):
        page_for(built, tmp_path / "sub" / "m.epol")


def test_a_bundle_is_not_written_to(built: Compiled, tmp_path: Path) -> None:
    bundle = tmp_path / "p.epolb"
    assert epolc("build", tmp_path / "policy.epol", "-o", bundle).status == 0
    with pytest.raises(WritingError, match="in a bundle"):
        page_for(compile_policy(bundle), None)


def test_a_file_stays_within_the_limit_of_a_source() -> None:
    page = Page(Path("p.epol"), b"#" * MAX_SOURCE_BYTES)
    with pytest.raises(WritingError, match="too large"):
        page.with_tests("Why.", [BLOCK])


def test_a_change_in_the_meantime_is_seen(built: Compiled, tmp_path: Path) -> None:
    page, new = page_for(built, None), page_for(built, tmp_path / "new.epol")
    assert page.is_as_read()
    assert new.is_as_read()
    (tmp_path / "policy.epol").write_text("edited", encoding="utf-8")
    (tmp_path / "new.epol").write_text("made", encoding="utf-8")
    assert not page.is_as_read()
    assert not new.is_as_read()


def test_a_block_that_is_not_right_is_a_defect(built: Compiled) -> None:
    for block in ('test "t" { expect route nowhere }', 'test "t" {'):
        with pytest.raises(ValueError, match="is not right"):
            Reading(built).read(block)
