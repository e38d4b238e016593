"""`epolc test --generate` and `--mutate`: files, exit statuses, reports, wrong usage."""

from pathlib import Path

import pytest

from epol.compiler.cli import _generating
from epol.compiler.pipeline import compile_policy
from tests.compiler.cli.running import CLOUDY, HEAD, WARD, epolc, write

RULE = "rule far { when net.jitter > 80ms and target.at == cloud deny }\n"
POLICY = HEAD + WARD + CLOUDY + RULE
CALM = 'test "calm" { set net.jitter = 4ms expect order ward, cloudy }\n'


def test_the_coverage_is_whole_at_once_and_stays_so(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY)
    ran = epolc("test", "--generate", path)
    assert ran.status == 0
    assert "1 of 1 rules fired and not fired, 2 of 2 atoms true and false" in ran.out
    assert ran.err == f"wrote 2 tests to {path}\n"
    assert path.read_text("utf-8").startswith(POLICY)
    assert epolc("test", "--coverage", "--strict", path).status == 0
    assert epolc("fmt", path).status == 0
    again = epolc("test", "--generate", path)
    assert again.err == f"{path}: there is nothing to generate\n"


def test_to_a_new_module_and_on_to_it_once_it_is_imported(tmp_path: Path) -> None:
    path, tests = write(tmp_path, POLICY), tmp_path / "tests.epol"
    ran = epolc("test", "--generate", "-o", tests, path)
    assert "note: they run once" in ran.err
    assert path.read_text("utf-8") == POLICY
    assert "is there already" in epolc("test", "--generate", "-o", tests, path).err
    write(tmp_path, POLICY + 'import "./tests.epol"\nrule more { when net.online tag "x" }')
    assert epolc("test", "--generate", "-o", tests, path).status == 0
    assert epolc("test", "--coverage", "--strict", tmp_path).status == 0


def test_to_standard_output(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY)
    ran = epolc("test", "--generate", "-o", "-", path)
    assert 'test "far fires on cloudy" {' in ran.out
    assert path.read_text("utf-8") == POLICY


def test_what_cannot_be_is_said_and_does_not_count(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY + CALM + 'rule no { when target.at == premises tag "x" }')
    ran = epolc("test", "--coverage", path)
    assert "`target.at == premises` is never true: no target makes it true" in ran.out
    assert "rule far was never fired" in ran.out
    report = epolc("test", "--generate", "--format", "json", path).json()
    assert report["coverage"]["missing"] == []
    assert len(report["coverage"]["impossible"]) == 2
    assert report["generated"][0]["written"] == str(path)
    assert epolc("test", "--coverage", "--strict", path).status == 0


def test_without_time_nothing_is_known(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY + CALM)
    ran = epolc("test", "--generate", "--strict", "--budget", "0s", path)
    assert ran.status == 1
    assert "(the budget is used up)" in ran.out
    ran = epolc("test", "--mutate", "--strict", "--budget", "0s", path)
    assert ran.status == 1
    assert "undecided: " in ran.out


def test_a_policy_with_errors_gets_no_tests(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY + "rule x { when nothing deny }")
    for option in ("--generate", "--mutate"):
        ran = epolc("test", option, path)
        assert ran.status == 1
        assert "unknown-attribute" in ran.out


def test_a_module_is_made_whole_through_the_policy_that_imports_it(tmp_path: Path) -> None:
    module = 'module m\nattr m.on : bool\nrule own { when m.on tag "m" }'
    path = write(tmp_path, {"policy.epol": POLICY + 'import "./m.epol"', "m.epol": module})
    assert epolc("test", "--generate", tmp_path).status == 0
    assert "m.own" in path.read_text("utf-8")
    assert (tmp_path / "m.epol").read_text("utf-8") == module
    assert epolc("test", "--coverage", "--strict", tmp_path).status == 0
    alone = epolc("test", "--generate", tmp_path / "m.epol")
    assert alone.status == 0
    assert (tmp_path / "m.epol").read_text("utf-8") == module


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "x.epol", "policy.epol"], "-o is for --generate"),
        (["--generate", "-o", "x.epol", "policy.epol", "other.epol"], "name one"),
        (["--generate", "-o", "x.yaml", "policy.epol"], "an .epol file"),
        (["--mutate", "--format", "junit", "policy.epol"], "no place for mutants"),
        (["--generate", "--budget", "soon", "policy.epol"], "soon"),
    ],
)
def test_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"policy.epol": POLICY, "other.epol": POLICY})
    ran = epolc("test", *arguments)
    assert ran.status == 2
    assert message in ran.err
    assert (tmp_path / "policy.epol").read_text("utf-8") == POLICY


def test_a_file_that_was_edited_in_the_meantime_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, POLICY)
    before = _generating.page_of

    def edited(*arguments: object) -> object:
        page = before(*arguments)  # type: ignore[arg-type]
        path.write_text(POLICY + "# mine\n", encoding="utf-8")
        return page

    monkeypatch.setattr("epol.compiler.cli._measuring.page_of", edited)
    ran = epolc("test", "--generate", path)
    assert ran.status == 2
    assert "changed in the meantime" in ran.err
    assert path.read_text("utf-8") == POLICY + "# mine\n"


def test_a_made_test_that_does_not_pass_is_a_defect_and_not_written(tmp_path: Path) -> None:
    built = compile_policy(write(tmp_path, POLICY))
    assert _generating.tried(built, []) == []
    with pytest.raises(ValueError, match="does not pass"):
        _generating.tried(built, ['test "t" { expect blocked }'])


def test_mutants_that_survive_fail_and_come_with_a_test(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY + CALM)
    ran = epolc("test", "--mutate", path)
    assert ran.status == 1
    assert "survived: rule far dropped\n --> " in ran.out
    assert '     test "far: not dropped" {\n' in ran.out
    report = epolc("test", "--mutate", "--format", "json", path).json()["mutants"]
    assert report["total"] == sum(report["noticed"].values()) + report["equivalent"] + len(
        report["survived"]
    )
    assert report["survived"][0]["rule"] == "far"
    assert report["survived"][0]["witness"].startswith('test "far: not dropped" {')


def test_tests_for_mutants_are_written_and_then_nothing_survives(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY)
    ran = epolc("test", "--mutate", "--generate", path)
    assert ran.status == 0
    assert "by the new tests" in ran.out
    ran = epolc("test", "--mutate", "--coverage", "--strict", path)
    assert ran.status == 0
    assert "0 survived, 0 undecided" in ran.out


def test_where_a_test_fails_no_mutants_are_tried(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY + 'test "wrong" { expect blocked }')
    ran = epolc("test", "--mutate", path)
    assert ran.status == 1
    assert "no mutants are tried" in ran.err
    assert "mutants:" not in ran.out


def test_cases_beside_the_policy_notice_mutants_too(tmp_path: Path) -> None:
    text = HEAD + WARD + 'rule t { when request.stream tools only "search" }\n'
    case = (
        "cases:\n  - name: one tool\n    request: {attributes: {request.stream: true}}\n"
        "    expect: {targets: {ward: {tools: [search]}}}\n"
        "  - name: all tools\n    request: {}\n    expect: {targets: {ward: {tools: null}}}\n"
    )
    path = write(tmp_path, {"policy.epol": text, "cases.yaml": case})
    alone = epolc("test", "--mutate", path)
    assert alone.status == 1
    assert "no `expect` can say it; an entry of cases.yaml" in alone.out
    both = epolc("test", "--mutate", tmp_path)
    assert "t dropped" not in both.out
