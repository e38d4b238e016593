"""What reading a standard module gives is kept, and nothing else is taken for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from epol.compiler.patterns import known
from epol.compiler.patterns.compile import compile_pattern
from epol.compiler.patterns.needs import trigger_of
from epol.compiler.patterns.zeros import gate_in_zeros
from epol.compiler.pipeline import compile_policy
from epol.compiler.resolve.standard import read_standard
from epol.lang.parser import Parsed, parse
from epol.lang.source import Source

MODULE = """# About it.
module std.thing
label thing.key "Key"
detector key -> thing.key { match /K-\\d{4}/i match /q{3}z/ }
"""
BROKEN = MODULE + "label\n"
REFUSED = MODULE.replace("q{3}z", "(?=q)z")
EMPTY = MODULE.replace("q{3}z", "q*")


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of its own, and a process that knows nothing yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("EPOL_CACHE", str(folder))
    monkeypatch.setattr(known, "_known", {})
    read_standard.cache_clear()
    yield folder
    read_standard.cache_clear()


def forget() -> None:
    """What this process knows of patterns and modules."""
    read_standard.cache_clear()
    vars(known)["_known"].clear()


def read_anew(text: str = MODULE) -> Parsed:
    """Read as a new process would."""
    forget()
    return read_standard("std.thing", text)


def entries(folder: Path) -> list[Path]:
    """The files of the cache."""
    return sorted(folder.glob("*")) if folder.exists() else []


def assert_same(found: Parsed, text: str) -> None:
    """As the parser reads it."""
    expected = parse(Source("std.thing", text))
    assert found.file.declarations == expected.file.declarations
    assert found.file.source.name == "std.thing"
    assert found.file.source.text == text
    assert found.comments == expected.comments
    assert len(found.diagnostics) == len(expected.diagnostics)


def test_a_kept_module_is_as_it_was_read(cache_folder: Path) -> None:
    assert_same(read_anew(), MODULE)
    assert len(entries(cache_folder)) == 1
    assert_same(read_anew(), MODULE)
    assert len(entries(cache_folder)) == 1


def test_a_kept_module_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read_anew()
    monkeypatch.setattr("epol.compiler.resolve.standard.parse", None)
    assert_same(read_anew(), MODULE)


def test_the_forms_of_its_patterns_are_those_that_compiling_gives() -> None:
    read_anew()
    read_anew()
    for regex, flags in (("K-\\d{4}", "i"), ("q{3}z", "")):
        form, compiled = known.known(regex, flags), compile_pattern(regex, flags)
        forms = compiled.gate, compiled.exact, compiled.max_bytes
        needs = trigger_of(compiled.node)
        zeros = gate_in_zeros(compiled.relaxed, needs)
        assert form == known.Form(regex, flags, *forms, needs, zeros)


def test_another_text_is_another_entry(cache_folder: Path) -> None:
    read_anew()
    assert_same(read_anew(MODULE + "# more\n"), MODULE + "# more\n")
    assert len(entries(cache_folder)) == 2


def test_a_changed_compiler_reads_anew(cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_anew()
    monkeypatch.setattr("epol.compiler.resolve.standard._makers", lambda: "another")
    assert_same(read_anew(), MODULE)
    assert len(entries(cache_folder)) == 2


@pytest.mark.parametrize("text", [BROKEN, REFUSED, EMPTY, "module std.thing # \udcff"])
def test_what_is_wrong_is_not_kept_unless_it_parses_and_is_said_every_time(
    cache_folder: Path, tmp_path: Path, text: str
) -> None:
    assert_same(read_anew(text), text)
    assert_same(read_anew(text), text)
    kept = entries(cache_folder)
    assert len(kept) == (1 if text.startswith("module") else 0)
    assert known.known("(?=q)z", "") is None
    assert known.known("q*", "") is None


def test_a_damaged_entry_is_made_anew(cache_folder: Path) -> None:
    read_anew()
    (entry,) = entries(cache_folder)
    entry.write_bytes(entry.read_bytes()[:-1] + b"?")
    assert_same(read_anew(), MODULE)


@pytest.mark.parametrize("folder", ["", "{place}/file/cache"])
def test_without_a_folder_all_is_read(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("EPOL_CACHE", folder.format(place=tmp_path))
    assert_same(read_anew(), MODULE)
    assert_same(read_anew(), MODULE)


def test_a_policy_is_the_same_with_and_without_the_cache(tmp_path: Path) -> None:
    path = tmp_path / "policy.epol"
    path.write_text('policy p version "1"\nimport std.pii.de\ntarget t { at local }\n')
    first, second = compile_policy(path), compile_policy(path)
    forget()
    third = compile_policy(path)
    assert first.diagnostics == second.diagnostics == third.diagnostics
    assert first.policy == second.policy == third.policy
