"""`test` blocks: every kind of expectation met and not met, and what cannot be run."""

from pathlib import Path

import pytest

from epol.compiler.examine import run_tests
from epol.compiler.testing import FAILED, NOT_RUN, PASSED, run_test
from tests.compiler.building import HEAD, check, found, policy

POLICY = (
    HEAD
    + """
attr a.deny : bool default false
attr a.hold : bool default false
attr a.none : bool default false
attr a.open : bool
attr a.roles : set { x, y } default { }
signal s.words : int from count words "x"
label phi.mrn
label phi.name
detector d -> phi.mrn { match /x+/ }
target ward { at local }
target azure { at cloud }
rule refuse { when a.deny and target.at == local deny because "not here" }
rule refuse_all { when a.none block }
rule wait { when a.hold hold because "ask first" }
rule treat { when target.at == cloud redact phi }
rule mark { when target.at == local tag "here" cap max_output_tokens 500 cap temperature 0.5 }
rule like_local { when target.at == local prefer 1.5 }
rule effort { when target.at == cloud cap reasoning_effort low }
"""
)


def outcome(folder: Path, body: str) -> tuple[str, list[str]]:
    """Status and messages of a test with a body."""
    [test] = policy(folder, POLICY + f'test "t" {{ {body} }}').tests
    result = run_test(policy(folder, POLICY), test)
    return result.status, [problem.message for problem in result.problems]


@pytest.mark.parametrize(
    "body",
    [
        "expect route ward",
        "set a.deny = true expect route azure expect order azure",
        "expect order ward, azure",
        "set a.none = true expect blocked",
        "set a.none = true expect order ward expect not fired mark",
        "set a.hold = true expect hold ward",
        "set label phi.mrn = 1 expect redact phi.mrn on azure expect redact phi on azure",
        "set label phi.mrn = 1 expect keep phi.mrn on ward expect keep any",
        "expect keep phi on azure",
        "set label phi.name unknown expect redact phi.name on azure",
        "expect fired treat, mark expect not fired refuse, wait",
        'expect tag "here" expect cap max_output_tokens 500 expect cap temperature 0.5',
        "set a.deny = true expect cap reasoning_effort low",
        "expect score ward 1.5 expect score azure 0",
        'set a.deny = true expect because "not here"',
        'set a.hold = true expect because "ask first"',
        "on response from azure expect route azure",
        'text "hello" set label phi.mrn = 0, s.words = 0 expect route ward',
        "set a.roles = { x, y }, a.open unknown expect route ward",
        "set label phi.mrn from { tool, user } = 2 expect redact phi on azure",
    ],
)
def test_what_is_expected_happens(tmp_path: Path, body: str) -> None:
    status, messages = outcome(tmp_path, body)
    if "expect order ward expect" in body:
        assert (status, messages[0]) == (FAILED, "the order is empty")
    else:
        assert (status, messages) == (PASSED, [])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("expect route azure", "the request goes to ward"),
        ("expect blocked", "the request goes to ward"),
        ("expect hold ward", "the request goes to ward"),
        ("set a.hold = true expect route ward", "the request waits for approval to go to ward"),
        ("set a.none = true expect route ward", "the request is blocked"),
        ("expect order azure, ward", "the order is ward, azure"),
        ("expect redact phi on azure", "no phi is found"),
        (
            "set label phi.mrn = 1 expect mask phi on azure",
            "phi.mrn is treated with redact on azure",
        ),
        ("set label phi.mrn = 1 expect mask phi", "phi.mrn is kept on ward"),
        ("set a.none = true expect keep phi", "no target was chosen"),
        ("on response from ward expect keep phi on azure", "no target was chosen"),
        ("expect fired refuse", "`refuse` did not fire"),
        ("expect not fired treat", "`treat` fired"),
        ('expect because "x"', "no rule that refused or held a target says so"),
        ("expect score ward 2", "it is 1.5"),
        ("on response from ward expect score azure 2", "the target is not decided"),
        ('expect tag "x"', "the decision has no such tag"),
        ("expect cap max_output_tokens 5", "the cap is 500"),
        ("expect cap temperature 1", "the cap is 0.5"),
        ("expect cap top_p 1", "there is no such cap"),
        ("set a.deny = true expect cap reasoning_effort high", "the cap is low"),
    ],
)
def test_what_happened_instead_is_said(tmp_path: Path, body: str, message: str) -> None:
    assert outcome(tmp_path, body) == (FAILED, [message])


def test_text_is_scanned(tmp_path: Path) -> None:
    scanned = POLICY + "detector more -> phi.mrn { match /MRN-[0-9]{4}/ }\n"
    for text, wanted in (("MRN-0042", "expect redact phi on azure"), ("no", "expect keep phi")):
        test = f'test "t" {{ text "{text}" {wanted} }}'
        [outcome] = run_tests(policy(tmp_path, scanned + test))
        assert (outcome.status, outcome.problems) == (PASSED, ())


def test_a_test_whose_text_asks_for_too_much_work_is_not_run(tmp_path: Path) -> None:
    body = 'detector more -> phi.mrn { match /N[0-9]/ }\ntest "t" { text "' + "N1 " * 20_001
    [outcome] = run_tests(policy(tmp_path, POLICY + body + '" expect route ward }'))
    assert outcome.status == NOT_RUN
    assert "more candidates" in str(outcome.reason)


def test_tests_after_the_deadline_are_not_run(tmp_path: Path) -> None:
    built = policy(tmp_path, POLICY + 'test "t" { expect route ward }')
    assert [each.status for each in run_tests(built)] == [PASSED]
    late = run_tests(built, deadline=0)
    assert [(each.status, each.reason) for each in late] == [(NOT_RUN, "the budget is used up")]


def test_a_failed_test_points_at_the_expectation(tmp_path: Path) -> None:
    result = check(tmp_path, POLICY + 'test "t" { expect route ward expect blocked }')
    [failed] = [d for d in result.diagnostics if d.name == "test-failed"]
    assert failed.span.text == "expect blocked"
    assert failed.message == "in “t”: the request goes to ward"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", [("test-incomplete", '"t"')]),
        ("on response expect blocked", [("test-incomplete", "on response")]),
        ("on request from ward expect blocked", [("test-incomplete", "on request from ward")]),
        (
            "on response from ward on response from ward expect blocked",
            [("duplicate-item", "on response from ward")],
        ),
        ("on respond from ward expect blocked", [("unknown-word", "respond")]),
        ("on response from wart expect blocked", [("unknown-target", "wart")]),
        ('text usr "x" expect blocked', [("unknown-word", "usr")]),
        ("set a.dney = true expect blocked", [("unknown-attribute", "a.dney")]),
        ("set a.deny = 5 expect blocked", [("type-mismatch", "5")]),
        ("set a.deny unknown expect blocked", [("unknown-has-default", "a.deny unknown")]),
        ("set a.deny = true, a.deny = true expect blocked", [("duplicate-item", "a.deny = true")]),
        ("set a.roles = { z } expect blocked", [("unknown-member", "z")]),
        ("set label phi.mnr = 1 expect blocked", [("unknown-label", "phi.mnr")]),
        ("set label any = 1 expect blocked", [("type-mismatch", "any")]),
        ("set label phi.mrn = 1.5 expect blocked", [("type-mismatch", "1.5")]),
        ("set label phi.mrn = 3_000_000_000 expect blocked", [("type-mismatch", "3_000_000_000")]),
        ("set label phi.mrn from usr = 1 expect blocked", [("unknown-word", "usr")]),
        (
            "set label phi.mrn = 1, label phi.mrn = 2 expect blocked",
            [("duplicate-item", "label phi.mrn = 2")],
        ),
        (
            "set label phi.mrn = 1, label phi.mrn unknown expect blocked",
            [("duplicate-item", "label phi.mrn unknown")],
        ),
        (
            "set label phi.mrn unknown, label phi.mrn = 1 expect blocked",
            [("duplicate-item", "label phi.mrn = 1")],
        ),
        (
            "set label phi.mrn unknown, label phi.mrn unknown expect blocked",
            [("duplicate-item", "label phi.mrn unknown")],
        ),
        ("expect route wart", [("unknown-target", "wart")]),
        ("expect order ward, wart", [("unknown-target", "wart")]),
        ("expect redact phi.mnr", [("unknown-label", "phi.mnr")]),
        ("expect redact phi on wart", [("unknown-target", "wart")]),
        ("expect fired refus", [("unknown-rule", "refus")]),
        ("expect cap max_tokens 5", [("unknown-word", "max_tokens")]),
        ("expect cap reasoning_effort lowest", [("unknown-member", "lowest")]),
        ("expect score ward 5ms", [("type-mismatch", "5ms")]),
    ],
)
def test_what_is_wrong_in_a_test_is_pointed_at(
    tmp_path: Path, body: str, expected: list[tuple[str, str]]
) -> None:
    assert found(tmp_path, POLICY + f'test "t" {{ {body} }}') == expected


def test_a_module_s_test_may_name_its_own_rules(tmp_path: Path) -> None:
    module = 'module m\nrule own { deny }\ntest "t" { expect fired own, m.own expect blocked }'
    text = HEAD + 'import "./m.epol"\ntarget ward { at local }'
    assert not found(tmp_path, text, m=module)
    assert [each.status for each in run_tests(policy(tmp_path, text, m=module))] == [PASSED]
