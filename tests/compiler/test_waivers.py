"""Waivers: what one allows, how long, and what is wrong with one."""

import datetime
from pathlib import Path

import pytest

from epol.compiler import waivers
from epol.compiler.embedding import compile_bundle
from epol.compiler.examine import examine
from epol.engine.bundle.contents import read_bundle
from tests.compiler.building import HEAD, write
from tests.compiler.cli.running import epolc

TODAY = datetime.date(2026, 6, 1)
WAIVER = '# epol: allow target-without-place until 2026-06-30 because "decided later"'


def found(folder: Path, text: str, today: datetime.date = TODAY) -> list[tuple[str, str]]:
    """Name and place of each diagnostic but those about which target comes first."""
    diagnostics = examine(write(folder, HEAD + text), today=today).diagnostics
    about = [(each.name, each.span.text) for each in diagnostics]
    return [
        each for each in about if each[0] not in {"choice-rests-on-order", "target-never-chosen"}
    ]


@pytest.mark.parametrize(
    "text",
    [
        WAIVER + '\ntarget t { zone "x" }',
        'target t { zone "x" } ' + WAIVER,
        f'target t {{\n  {WAIVER}\n  zone "x"\n}}',
        'target t {\n  zone "x"\n} ' + WAIVER + "\ntarget u { at local }",
    ],
)
def test_a_waiver_silences_what_it_stands_at(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == []


def test_a_waiver_silences_its_own_declaration_only(tmp_path: Path) -> None:
    text = WAIVER + '\ntarget t { zone "x" }\ntarget u { zone "x" }'
    assert found(tmp_path, text) == [("target-without-place", "u")]


def test_a_waiver_holds_on_its_last_day_and_not_after(tmp_path: Path) -> None:
    text = WAIVER + '\ntarget t { zone "x" }'
    assert found(tmp_path, text, datetime.date(2026, 6, 30)) == []
    assert found(tmp_path, text, datetime.date(2026, 7, 1)) == [
        ("waiver-expired", WAIVER),
        ("target-without-place", "t"),
    ]


@pytest.mark.parametrize("text", [WAIVER + "\ntarget t { at local }", WAIVER])
def test_a_waiver_of_nothing_is_told(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == [("waiver-unneeded", WAIVER)]


@pytest.mark.parametrize(
    ("waiver", "message", "help"),
    [
        ("# epol: allow x", "this waiver is not complete", "write `# epol: allow NAME until"),
        ("# epol:", "this waiver is not complete", "write"),
        ("# epol: deny", "this waiver is not complete", "write"),
        (WAIVER.replace("decided later", ""), "this waiver is not complete", "write"),
        (WAIVER + " x", "this waiver is not complete", "write"),
        (
            WAIVER.replace("without-place", "without-palce"),
            "`target-without-palce` is not a diagnostic",
            "did you mean `target-without-place`?",
        ),
        (WAIVER.replace("target-without-place", "zzzzz"), "`zzzzz` is not a diagnostic", "write"),
        (
            WAIVER.replace("target-without-place", "syntax-error"),
            "`syntax-error` is an error, which nothing can allow",
            None,
        ),
        (WAIVER.replace("06-30", "06-31"), "`2026-06-31` is not a date", "write"),
    ],
)
def test_a_waiver_that_says_too_little_is_told(
    tmp_path: Path, waiver: str, message: str, help: str | None
) -> None:
    text = HEAD + waiver + "\ntarget t { at local }"
    [diagnostic] = examine(write(tmp_path, text), today=TODAY).diagnostics
    assert (diagnostic.name, diagnostic.message) == ("waiver-invalid", message)
    assert (diagnostic.help or "").startswith(help or "")
    assert (diagnostic.help is None) == (help is None)


def test_any_other_comment_is_only_a_comment(tmp_path: Path) -> None:
    assert found(tmp_path, "# epol is good\n# allow x\ntarget t { at local }") == []


def test_a_waiver_beside_broken_text_still_counts(tmp_path: Path) -> None:
    text = "rule r { when )\n" + WAIVER + '\n}\ntarget t { zone "x" }'
    assert found(tmp_path, text) == [("syntax-error", ")")]


# --- every command -------------------------------------------------------------------------

LAST, AFTER = datetime.date(2026, 6, 30), datetime.date(2026, 7, 1)
WAIVED = HEAD + WAIVER + '\ntarget t { zone "x" }\ntest "t" { expect route t }\n'


@pytest.mark.parametrize(("day", "status"), [(LAST, 0), (AFTER, 1)])
def test_all_commands_judge_by_one_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: datetime.date, status: int
) -> None:
    monkeypatch.setattr(waivers, "today", lambda: day)
    policy, bundle = write(tmp_path, WAIVED), tmp_path / "x.epolb"
    checked = epolc("check", "--strict", policy)
    built = epolc("build", "--strict", policy, "-o", bundle)
    assert (checked.status, built.status, bundle.exists()) == (status, status, status == 0)
    expired = "waiver-expired" in checked.out
    assert expired == (status == 1)
    assert ("waiver-expired" in built.err) == expired
    assert ("target-without-place" in checked.out) == expired
    # Warnings alone fail nothing: tests run, bundles are written, and both know of the warnings.
    assert epolc("test", policy).status == 0
    recorded = {
        each.name for each in read_bundle(compile_bundle(policy), trust=None).record.findings
    }
    assert recorded == ({"waiver-expired", "target-without-place"} if expired else set())
    diagnostics = epolc("test", "--format", "json", policy).json()["diagnostics"]
    assert {each["name"] for each in diagnostics} == recorded


def test_the_day_is_that_of_utc() -> None:
    before = datetime.datetime.now(datetime.UTC).date()
    assert before <= waivers.today() <= datetime.datetime.now(datetime.UTC).date()


def test_a_finding_of_the_solver_may_be_waived_in_a_policy_with_errors(tmp_path: Path) -> None:
    waiver = '# epol: allow rule-never-fires until 2026-06-30 because "kept"\n'
    names = [name for name, _ in found(tmp_path, waiver + "rule r { when a.nothing deny }")]
    assert "waiver-invalid" not in names
