"""The pages made from the code are up to date, and their examples do what they say."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tools import docs
from tools.diagrams import DIAGRAMS
from tools.drawing import WIDTH
from tools.markdown import anchor
from typer.testing import CliRunner

from epol.compiler.catalogue import catalogue
from epol.compiler.cli import application
from epol.compiler.examine import examine
from epol.compiler.resolve import stdlib
from epol.engine.text import validators
from epol.lang.builtins import VALIDATORS
from epol.lang.diagnostics import Example
from tests.docs.blocks import ROOT

PAGE = ROOT / "docs" / "diagnostics.md"


def headings(page: Path) -> list[str]:
    """The second-level headings of a page."""
    return re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", docs.PAGES)
def test_the_page_is_as_it_would_be_written(name: str) -> None:
    assert name not in docs.stale(), "run `make docs`"


def test_the_page_has_every_diagnostic() -> None:
    assert headings(PAGE) == list(catalogue())


def test_explain_lists_what_the_page_has() -> None:
    listed = CliRunner().invoke(application(), ["explain"]).stdout.splitlines()
    assert [line.split()[0] for line in listed] == headings(PAGE)


def test_each_module_is_on_one_page_with_its_declarations_and_linked_from_the_index() -> None:
    found = {
        name: page
        for page in sorted((ROOT / "docs" / "modules").glob("*.md"))
        for name in headings(page)
    }
    assert sorted(found) == stdlib.modules()
    index = (ROOT / "docs" / "modules.md").read_text(encoding="utf-8")
    for name, page in found.items():
        assert f"[`{name}`](modules/{page.name}#{anchor(name)})" in index
        path = stdlib.path_of(name)
        assert path is not None
        declared = re.findall(
            r"^(?:param|rule|field) ([\w.]+)", path.read_text("utf-8"), re.MULTILINE
        )
        section = page.read_text(encoding="utf-8").partition(f"\n## {name}\n")[2]
        assert not [each for each in declared if f"`{each}`" not in section.partition("\n## ")[0]]


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_says_in_words_what_it_shows_and_stands_on_a_page(name: str) -> None:
    drawing = ElementTree.fromstring(DIAGRAMS[name]())
    said = {each.tag.rpartition("}")[2]: each for each in drawing}
    told = said["title"].text, said["desc"].text
    assert all(told)
    assert drawing.attrib["aria-labelledby"].split() == [
        said["title"].get("id"),
        said["desc"].get("id"),
    ]
    assert float(drawing.attrib["width"]) <= WIDTH
    assert any(f"({name})" in page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md"))


def test_every_credential_is_on_the_page_with_where_it_is_described() -> None:
    page = (ROOT / "docs" / "modules" / "secrets.md").read_text(encoding="utf-8")
    addresses: set[str] = set()
    for path in (stdlib.root() / "secrets").glob("*.epol"):
        addresses |= set(
            re.findall(r"^# .*?(https?://\S+)$", path.read_text("utf-8"), re.MULTILINE)
        )
    assert len(addresses) > 400
    assert not [each for each in addresses if each not in page]


def test_the_page_of_validators_has_every_name_once() -> None:
    page = (ROOT / "docs" / "validators.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \| \S", page, re.MULTILINE)
    assert sorted(listed) == list(validators.names())
    assert sorted(VALIDATORS) == list(validators.names()), "the language knows the same names"


def test_a_stale_page_is_found(tmp_path: Path) -> None:
    for name, make in docs.PAGES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(make() + "more\n", encoding="utf-8")
    (tmp_path / "modules" / "gone.md").write_text("of a module that is gone", encoding="utf-8")
    assert docs.stale(tmp_path) == [*docs.PAGES, "modules/gone.md"]


def test_a_missing_page_is_stale(tmp_path: Path) -> None:
    assert docs.stale(tmp_path) == list(docs.PAGES)


def test_check_ends_with_status_1_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(docs, "DOCS", tmp_path)
    monkeypatch.setattr(docs.stale, "__defaults__", (tmp_path,))
    assert docs.main(["--check"]) == 1
    assert not list(tmp_path.iterdir())
    assert "run `make docs`" in capsys.readouterr().err
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0


def found(folder: Path, example: Example, prelude: str) -> set[str]:
    """The names that checking an example gives."""
    files = {"policy.epol": example} if isinstance(example, str) else dict(example)
    first = next(iter(files))
    if isinstance(example, str) and not re.search(r"^(policy|module) ", example, re.MULTILINE):
        files[first] = prelude + example
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    return {diagnostic.name for diagnostic in examine(folder / first).diagnostics}


@pytest.mark.parametrize("name", catalogue())
def test_the_wrong_example_shows_it_and_the_right_one_does_not(name: str, tmp_path: Path) -> None:
    definition = catalogue()[name]
    assert name in found(tmp_path, definition.bad, definition.prelude)
    assert name not in found(tmp_path, definition.good, definition.prelude)
