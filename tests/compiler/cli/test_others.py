"""`epolc test`, `fmt`, `explain`, `new`, and what all commands share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import xmlschema

from epol.compiler.catalogue import catalogue
from tests.compiler.cli.running import CLOUDY, HEAD, WARD, epolc, write

SCHEMA = Path(__file__).parents[2] / "golden" / "schemas" / "junit-10.xsd"
POLICY = (
    HEAD
    + WARD
    + CLOUDY
    + """rule far { when net.jitter > 80ms and target.at == cloud deny }
test "calm" { set net.jitter = 4ms expect order ward, cloudy }
"""
)
CASES = """cases:
  - name: it is calm
    request: {attributes: {net.jitter: "4ms"}}
    expect: {status: route, target: ward}
"""


def test_tests_and_cases_pass_or_fail(tmp_path: Path) -> None:
    write(tmp_path, {"policy.epol": POLICY, "cases.yaml": CASES})
    assert epolc("test", tmp_path / "policy.epol").out == "1 of 1 tests passed\n"
    assert epolc("test", tmp_path).out == "3 of 3 tests passed\n"
    write(tmp_path, {"cases.yaml": CASES.replace("ward", "cloudy")})
    ran = epolc("test", tmp_path / "cases.yaml")
    assert ran.status == 1
    assert "target: expected 'cloudy', got 'ward'" in ran.out


def test_coverage_names_what_was_not_seen(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY)
    ran = epolc("test", path, "--coverage")
    assert ran.status == 0
    assert "rule far was never fired" in ran.out
    assert "`net.jitter > 80ms` was never true" in ran.out
    assert "0 of 1 rules fired and not fired, 1 of 2 atoms true and false" in ran.out
    assert epolc("test", path, "--coverage", "--strict").status == 1


def test_whole_coverage_passes_strict(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY + 'test "rough" { set net.jitter = 90ms expect order ward }\n')
    assert epolc("test", path, "--coverage", "--strict").status == 0


def test_test_results_as_junit_and_json(tmp_path: Path) -> None:
    write(tmp_path, {"policy.epol": POLICY, "cases.yaml": CASES.replace("ward", "cloudy")})
    xmlschema.XMLSchema(SCHEMA).validate(epolc("test", tmp_path, "--format", "junit").out)
    report = epolc("test", tmp_path, "--format", "json", "--coverage").json()
    assert [case["problem"] is None for case in report["cases"]] == [True, False]
    assert report["tests"][0]["outcome"] == "passed"


def test_a_policy_with_errors_has_no_passing_tests(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "rule r { when nobody deny }")
    assert epolc("test", path).status == 1


def test_a_broken_cases_file_gives_status_2(tmp_path: Path) -> None:
    write(tmp_path, {"policy.epol": POLICY, "cases.yaml": "cases: {"})
    assert epolc("test", tmp_path).status == 2


UGLY = 'policy   t version "1"\nimport std.edge\nrule r {deny}   # why\n'
PRETTY = 'policy t version "1"\nimport std.edge\nrule r { deny }  # why\n'


def test_fmt_rewrites_in_place_and_is_done_then(tmp_path: Path) -> None:
    path = write(tmp_path, UGLY)
    path.chmod(0o640)
    assert epolc("fmt", path, "--check").status == 1
    assert path.read_text(encoding="utf-8") == UGLY
    assert epolc("fmt", path).status == 0
    assert path.read_text(encoding="utf-8") == PRETTY
    assert path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["policy.epol"]
    assert epolc("fmt", path, "--check").status == 0


def test_fmt_is_a_filter_too() -> None:
    assert epolc("fmt", "-", stdin=UGLY).out == PRETTY
    assert epolc("fmt", "-", "--check", stdin=UGLY).status == 1


def test_fmt_leaves_a_file_that_does_not_parse_alone(tmp_path: Path) -> None:
    path = write(tmp_path, "policy t rule {")
    ran = epolc("fmt", path)
    assert ran.status == 1
    assert "syntax-error" in ran.err
    assert path.read_text(encoding="utf-8") == "policy t rule {"


def test_explain_knows_every_diagnostic_and_no_other() -> None:
    listed = [line.split()[0] for line in epolc("explain").out.splitlines()]
    assert listed == sorted(catalogue())
    for name in listed:
        ran = epolc("explain", name)
        assert ran.status == 0
        assert "Wrong:" in ran.out
        assert "Right:" in ran.out
    ran = epolc("explain", "unknown-atribute")
    assert ran.status == 2
    assert "unknown-attribute" in ran.err


def test_new_makes_a_policy_that_passes_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a b" / "mine"
    assert epolc("new", folder).status == 0
    monkeypatch.chdir(folder)
    for command in (["check", "--strict", "."], ["fmt", "--check", "."], ["test", "."]):
        ran = epolc(*command)
        assert ran.status == 0, ran
    assert epolc("test", "--coverage", "--strict", ".").status == 0
    assert epolc("new", folder).status == 2


def test_new_refuses_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("mine")
    assert epolc("new", tmp_path / "x").status == 2
    assert (tmp_path / "x").read_text() == "mine"


def _process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from epol.compiler.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['epolc', '--help']\n"
        "from epol.compiler.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'lark', 'rich', 'msgspec', 'yaml', 'z3', 'numba', 'hyperscan'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "decide" in ran.stdout


def test_help_and_version_of_a_process() -> None:
    assert _process("--version").stdout.startswith("epolc 0.")
    assert _process("nonsense").returncode == 2
    assert _process().returncode == 2


def test_a_defect_ends_in_one_sentence_not_a_traceback(tmp_path: Path) -> None:
    code = (
        "import epol.compiler.examine as e\n"
        "def broken(*a, **k): raise KeyError('patient 00482913')\n"
        "e.examine = broken\n"
        "from epol.compiler.cli import main; main()\n"
    )
    path = write(tmp_path, HEAD)
    for told in ("", "1"):
        ran = subprocess.run(
            [sys.executable, "-c", code, "check", str(path)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "EPOLC_TRACEBACK": told},
        )
        assert ran.returncode == 2
        assert "KeyError" in ran.stderr
        assert "00482913" not in ran.stderr.replace(code, "") + ran.stdout
        assert "Traceback" not in ran.stderr
        assert ("check.py" in ran.stderr) == bool(told)


def test_fmt_leaves_a_file_that_is_too_large_whole(tmp_path: Path) -> None:
    text = HEAD + "# " + "x" * (1024 * 1024) + "\n"
    path = write(tmp_path, text)
    ran = epolc("fmt", path)
    assert ran.status == 1
    assert "source-too-large" in ran.err
    assert path.read_text(encoding="utf-8") == text


def test_a_request_that_is_too_large_is_refused(tmp_path: Path) -> None:
    body = b'{"text": [{"role": "user", "text": "CANARY' + b"x" * (16 * 1024 * 1024) + b'"}]}'
    path = write(tmp_path, POLICY)
    ran = epolc("decide", path, "--request", "-", stdin=body)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.endswith("the request is larger than 16 MiB\n")
    stream = epolc("decide", path, "--requests", "-", stdin=body + b"\n{}\n")
    assert stream.status == 1
    assert "larger than 16 MiB" in stream.out.splitlines()[0]
    assert '"status":"route"' in stream.out.splitlines()[1]
    assert "CANARY" not in stream.out + stream.err
