"""A module is tested by the policy beside it, and by no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiler.cli.running import epolc, write

MODULE = """module limits
import "./base.epol"
param most : int default 4
rule few { when request.images > most deny }
"""
BASE = """module base
import std.edge
rule base { when request.kind == embedding tag "embedding" }
"""
TESTS = """policy tests.limits version "1"
import "./limits.epol"
target here { at local context 8k vision true }
target there { at cloud context 8k vision true }
rule mine { when caller.tenant == "a" and target.at == cloud prefer 1 }
test "four" { set request.images = 4 expect not fired limits.few }
test "five" { set request.images = 5 expect blocked }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A module that imports another one, with its test policy."""
    write(tmp_path, {"base.epol": BASE, "limits.epol": MODULE, "limits.test.epol": TESTS})
    return tmp_path


def counts(*arguments: Path) -> tuple[int, int, int]:
    """Rules seen both ways, rules, tests."""
    result = epolc("test", "--coverage", "--format", "json", *arguments)
    assert result.status == 0, result.out
    found = result.json()
    coverage = found["coverage"]
    return coverage["rules_whole"], coverage["rules"], len(found["tests"])


def test_the_tests_of_a_module_are_about_its_rules_and_no_others(folder: Path) -> None:
    assert counts(folder / "limits.epol") == (1, 1, 2)
    assert counts(folder / "limits.test.epol") == (1, 1, 2)
    assert counts(folder / "limits.epol", folder / "limits.test.epol") == (1, 1, 2)
    assert counts(folder) == (1, 1, 2)


def test_so_are_its_mutants(folder: Path) -> None:
    result = epolc("test", "--mutate", "--format", "json", folder / "limits.epol")
    mutants = result.json()["mutants"]
    assert mutants["total"] > 0
    assert not mutants["survived"]


def test_a_test_that_fails_is_the_module_s(folder: Path) -> None:
    write(folder, {"limits.epol": MODULE.replace("> most", ">= most")})
    result = epolc("test", folder / "limits.epol")
    assert result.status == 1
    assert "1 of 2 tests passed" in result.out


def test_a_module_without_one_is_told_where_it_would_be(folder: Path) -> None:
    path = folder / "base.epol"
    result = epolc("test", "--coverage", path)
    assert result.status == 0
    assert f"a policy that tests it would be {folder / 'base.test.epol'}\n" in result.out
    assert "coverage: 0 of 1 rules" in result.out
    assert epolc("test", "--coverage", "--strict", path).status == 1


def test_a_test_policy_that_does_not_import_its_module_is_refused(folder: Path) -> None:
    text = TESTS.replace('import "./limits.epol"', "import std.edge").partition("test ")[0]
    write(folder, {"limits.test.epol": text})
    result = epolc("test", folder / "limits.epol")
    assert result.status == 2
    assert "does not import that module" in result.err


def test_one_with_errors_shows_them(folder: Path) -> None:
    write(folder, {"limits.test.epol": TESTS.replace("./limits", "./limit")})
    result = epolc("test", folder / "limits.epol")
    assert result.status == 1
    assert "import-not-found" in result.out


def test_beside_a_policy_the_name_means_nothing(folder: Path) -> None:
    write(folder, {"limits.epol": 'policy limits version "1"\ntarget here { at local }'})
    (folder / "limits.test.epol").write_text(
        'policy other version "1"\ntarget here { at local }\ntest "t" { expect route here }',
        encoding="utf-8",
    )
    assert "0 of 0 tests passed" in epolc("test", folder / "limits.epol").out
    assert "1 of 1 tests passed" in epolc("test", folder / "limits.test.epol").out


def test_a_name_that_is_no_standard_module_s_is_a_path() -> None:
    for command in ("check", "test"):
        result = epolc(command, "std.nothing")
        assert result.status == 2
        assert "std.nothing: no such file or folder" in result.err
