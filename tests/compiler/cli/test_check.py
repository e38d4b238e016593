"""`epolc check`: exit statuses, formats, folders."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import xmlschema

from tests.compiler.cli.running import HEAD, WARD, epolc, write

SCHEMAS = Path(__file__).parents[2] / "golden" / "schemas"

FINE = HEAD + WARD
WRONG = HEAD + WARD + "rule r { when task.complexty > 0.5 deny }\n"
WARNED = HEAD + 'target odd { zone "x" }\n'
FAILING = (
    FINE
    + """rule r { deny }
prove p { never target.at == cloud }
prove q { served when true }
test "it goes out: 100%, <really>" { expect route ward }
test "it stays" { expect blocked }
"""
)
MULTI_FILE = {
    "policy.epol": HEAD + 'import "./m.epol"\n' + WARD + "attr a.b : int\n",
    "m.epol": "module m\nattr a.b : bool\n",
}


def test_a_policy_without_fault_gives_status_0(tmp_path: Path) -> None:
    ran = epolc("check", write(tmp_path, FINE))
    assert (ran.status, ran.out) == (0, "1 file, 0 errors\n")


def test_an_error_gives_status_1_with_source_caret_and_help(tmp_path: Path) -> None:
    path = write(tmp_path, WRONG)
    ran = epolc("check", path)
    assert ran.status == 1
    assert ran.out == (
        f"error[unknown-attribute]: `task.complexty` is not declared\n"
        f" --> {path}:4:15\n"
        f"  |\n"
        f"4 | rule r {{ when task.complexty > 0.5 deny }}\n"
        f"  |               ^^^^^^^^^^^^^^\n"
        f"  = help: did you mean `task.complexity`?\n"
        f"\n"
        f"1 file, 1 error\n"
    )


def test_warnings_fail_only_under_strict(tmp_path: Path) -> None:
    path = write(tmp_path, WARNED)
    assert epolc("check", path).status == 0
    assert epolc("check", path, "--strict").status == 1


@pytest.mark.parametrize("name", ["missing.epol", "missing-folder/"])
def test_what_is_not_there_gives_status_2(tmp_path: Path, name: str) -> None:
    ran = epolc("check", tmp_path / name)
    assert ran.status == 2
    assert "no such file" in ran.err
    assert not ran.out


def test_a_folder_without_policies_gives_status_2(tmp_path: Path) -> None:
    assert epolc("check", tmp_path).status == 2


def test_a_bundle_that_is_none_gives_status_2_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "x.epolb").write_bytes(b"x")
    ran = epolc("check", tmp_path / "x.epolb")
    assert ran.status == 2
    assert "is not a bundle" in ran.err


def test_claims_are_proved_or_refuted_and_unmet_tests_fail(tmp_path: Path) -> None:
    ran = epolc("check", write(tmp_path, FAILING), "--format", "json")
    assert ran.status == 1
    report = ran.json()
    errors = [each for each in report["diagnostics"] if each["severity"] == "error"]
    assert [each["name"] for each in errors] == ["claim-refuted", "test-failed"]
    assert [(c["name"], c["outcome"]) for c in report["claims"]] == [
        ("p", "proved"),
        ("q", "refuted"),
    ]
    assert "expect blocked" in errors[0]["witness"]
    assert report["summary"]["tests_passed"] == 1
    assert report["summary"]["tests"] == 2


def test_the_text_of_tests_is_scanned(tmp_path: Path) -> None:
    text = (
        FINE
        + "label a.b\ndetector d -> a.b { match /EMP-[0-9]+/ }\nrule r { redact a }\n"
        + 'test "t" { text "EMP-1" expect redact a.b on ward }\n'
    )
    report = epolc("check", write(tmp_path, text), "--format", "json")
    assert (report.status, report.json()["diagnostics"]) == (0, [])


def test_json_has_the_shape_of_the_interface(tmp_path: Path) -> None:
    path = write(tmp_path, WRONG)
    report = epolc("check", path, "--format", "json").json()
    assert report["version"] == 1
    (diagnostic,) = report["diagnostics"]
    assert diagnostic == {
        "name": "unknown-attribute",
        "severity": "error",
        "message": "`task.complexty` is not declared",
        "file": str(path),
        "span": {
            "start": {"line": 4, "column": 15, "offset": len(FINE) + 14},
            "end": {"line": 4, "column": 29, "offset": len(FINE) + 28},
        },
        "labels": [],
        "help": "did you mean `task.complexity`?",
        "witness": None,
        "fix": {"edits": [{"file": str(path), "start": 98, "end": 112, "text": "task.complexity"}]},
    }
    assert report["claims"] == []
    assert report["summary"]["errors"] == 1


@pytest.mark.parametrize("files", [FINE, WRONG, WARNED, FAILING, MULTI_FILE])
def test_sarif_validates_against_its_schema(tmp_path: Path, files: dict[str, str] | str) -> None:
    schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    log = epolc("check", write(tmp_path, files), "--format", "sarif").json()
    jsonschema.validate(log, schema)
    for result in log["runs"][0]["results"]:
        rule = log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]


@pytest.mark.parametrize("files", [FINE, WRONG, WARNED, FAILING, MULTI_FILE])
def test_junit_validates_against_its_schema(tmp_path: Path, files: dict[str, str] | str) -> None:
    schema = xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")
    schema.validate(epolc("check", write(tmp_path, files), "--format", "junit").out)


def test_github_annotations_are_commands_with_escaped_text(tmp_path: Path) -> None:
    ran = epolc("check", write(tmp_path, FAILING), "--format", "github")
    shape = re.compile(r"::(error|warning|notice) file=[^,\n]+,line=\d+,[^:\n]*::[^\n]+\Z")
    lines = ran.out.splitlines()
    assert sum(line.startswith("::error ") for line in lines) == 2
    assert all(shape.match(line) for line in lines)
    assert "100%25" in ran.out


def test_several_syntax_errors_are_found_in_one_run(tmp_path: Path) -> None:
    text = FINE + "rule a { when > deny }\nrule b { deny }\nattr x.y bool\nrule c { denyy }\n"
    report = epolc("check", write(tmp_path, text), "--format", "json").json()
    assert [d["span"]["start"]["line"] for d in report["diagnostics"]] == [4, 6, 7]


def test_a_module_is_checked_with_the_policy_that_imports_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "policy.epol": FINE + 'import "./m.epol" with { most = 5 }\n',
            "m.epol": "module m\nparam most : int\nrule r { cap max_output_tokens most }\n",
            "alone.epol": "module alone\nimport std.edge\nlet a = not net.online\n",
            ".hidden/x.epol": "not a policy",
        },
    )
    ran = epolc("check", tmp_path)
    assert (ran.status, ran.out) == (0, "2 files, 0 errors\n")


def test_jobs_check_files_side_by_side_with_the_same_result(tmp_path: Path) -> None:
    write(tmp_path, {f"p{i}.epol": WRONG if i % 2 else WARNED for i in range(4)})
    assert epolc("check", tmp_path, "--jobs", "2") == epolc("check", tmp_path)


def test_a_used_up_budget_leaves_tests_not_run(tmp_path: Path) -> None:
    ran = epolc(
        "check", write(tmp_path, FINE + 'test "t" { expect route ward }\n'), "--budget", "0us"
    )
    assert ran.status == 1
    assert "the budget is used up" in ran.out


@pytest.mark.parametrize("budget", ["30", "fast", "-5s"])
def test_a_budget_that_is_no_duration_is_wrong_usage(tmp_path: Path, budget: str) -> None:
    assert epolc("check", write(tmp_path, FINE), f"--budget={budget}").status == 2


def test_a_file_that_is_not_utf8_gets_a_diagnostic_with_a_span(tmp_path: Path) -> None:
    path = tmp_path / "p.epol"
    path.write_bytes(FINE.encode() + b"# caf\xe9\n")
    report = epolc("check", path, "--format", "json").json()
    assert [d["name"] for d in report["diagnostics"]] == ["source-not-utf8"]
    assert report["diagnostics"][0]["span"]["start"]["line"] == 4


def test_what_a_source_contains_cannot_act_on_a_terminal(tmp_path: Path) -> None:
    ran = epolc("check", write(tmp_path, FINE + "rule r { \x1b[31mred }\n"))
    assert "\x1b" not in ran.out
    assert "U+001B" in ran.out
