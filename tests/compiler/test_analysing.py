"""What becomes of a finding: shown and replayed, proved absent, or undecided, which is said."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from epol.compiler.analysing import FINDING_UNDECIDED, Case, Known, Told
from epol.compiler.analysis import Analysis, analyse, findings
from epol.compiler.analysis.rule_never_fires import RULE_NEVER_FIRES as FINDING
from epol.compiler.examine import examine
from epol.compiler.pipeline import compile_policy
from epol.compiler.places import REQUEST
from epol.compiler.smt.terms import Bool
from epol.lang.diagnostics import Diagnostic
from epol.lang.request import Request
from epol.lang.semantics import decide
from tests.compiler.building import HEAD, WARD, write
from tests.compiler.cli.running import epolc

RULES = """
attr a.n : int in 0 .. 100 default 0
target far { at cloud }
rule one { when a.n > 3 and target.at == cloud deny }
rule two { when a.n > 7 and target.at == cloud hold }
"""
NEVER = "attr a.n : int in 0 .. 100 default 0\nrule torn { when a.n < 5 and a.n > 5 deny }\n"
GLOBS = " or ".join(f'request.code like "*{letter}*"' for letter in "abcdefgh")
LETTERS = f"attr request.code : string\nrule r {{ when {GLOBS} deny }}\n"
USED_UP = "the budget is used up"

Tell = Callable[[Request], Told | None]


def known(folder: Path, text: str = RULES, deadline: float | None = None) -> Known:
    """A policy that compiles."""
    return Known(compile_policy(write(folder, HEAD + WARD + text)), deadline)


def fires(found: Known, rule: str) -> Bool:
    """That a rule fires on the target `far`."""
    return found.space.formula().lanes["far"].fired[rule]


def told(found: Known) -> Told:
    """What a person is told."""
    return Told(found.head, "it is so", help="do something")


def never(_: Request) -> Told | None:
    """The evaluator says that no request shows it."""
    return None


def case(found: Known, goal: Bool, tell: Tell) -> Case:
    """A finding where the goal holds."""
    return Case(found.head, REQUEST, goal, tell, ("it is shown",))


def said(diagnostics: Iterator[Diagnostic]) -> list[tuple[str, str]]:
    """Names and messages."""
    return [(each.name, each.message) for each in diagnostics]


def undecided(reason: str) -> tuple[str, str]:
    """How an undecided finding is told."""
    return FINDING_UNDECIDED.name, f"`{FINDING.name}` is undecided here: {reason}"


NOT_SHOWN = undecided("the solver's witness does not show it when it is evaluated")
SHOWN = FINDING.name, "it is so"


def test_a_witness_is_judged_before_it_is_told(tmp_path: Path) -> None:
    """The evaluator is asked about the very request that the person then sees."""
    found, asked = known(tmp_path), list[Request]()

    def tell(request: Request) -> Told | None:
        asked.append(request)
        return told(found) if "one" in decide(found.policy, request).targets["far"].fired else None

    cases = {"one": case(found, fires(found, "one"), tell)}
    [(key, diagnostic)] = found.shown(FINDING, cases)
    assert (key, diagnostic.message, diagnostic.help) == ("one", "it is so", "do something")
    assert [decide(found.policy, request).order for request in asked] == [("ward",)]
    assert diagnostic.witness is not None
    pasted = examine(write(tmp_path, HEAD + WARD + RULES + diagnostic.witness))
    assert [outcome.status for outcome in pasted.tests] == ["passed"]


def test_a_witness_that_does_not_show_it_leaves_it_undecided(tmp_path: Path) -> None:
    found = known(tmp_path)
    cases = {"one": case(found, fires(found, "one"), never)}
    [(_, diagnostic)] = found.shown(FINDING, cases)
    assert (diagnostic.name, diagnostic.message) == NOT_SHOWN
    assert diagnostic.witness is None


def test_what_cannot_be_is_not_shown(tmp_path: Path) -> None:
    found = known(tmp_path)
    torn = found.space.terms.both(fires(found, "two"), found.space.formula().lanes["far"].permitted)
    cases = {"no": case(found, torn, never), "false": case(found, found.space.terms.false, never)}
    assert list(found.shown(FINDING, cases)) == []


def test_of_several_cases_the_first_that_is_shown_is_told(tmp_path: Path) -> None:
    found = known(tmp_path)
    goal, no = fires(found, "one"), found.space.terms.false

    def yes(_: Request) -> Told:
        return told(found)

    cases: dict[tuple[str, object], Case] = {
        ("a", 1): case(found, goal, never),
        ("a", 2): case(found, goal, yes),
        ("a", 3): case(found, goal, yes),
        ("b", 1): case(found, goal, never),
        ("b", 2): case(found, goal, never),
        ("c", 1): case(found, no, yes),
    }
    assert said(found.first_shown(FINDING, cases)) == [SHOWN, NOT_SHOWN]


def test_only_what_is_proved_impossible_is_a_finding_of_that_kind(tmp_path: Path) -> None:
    found = known(tmp_path, NEVER + "target far { at cloud }\nrule may { when a.n > 5 deny }\n")
    goals = {name: fires(found, name) for name in ("torn", "may")}
    assert said(found.impossible(FINDING, goals, lambda _: told(found))) == [SHOWN]


def test_without_time_what_is_not_guessed_is_undecided(tmp_path: Path) -> None:
    text = NEVER + "target far { at cloud }\nrule may { when a.n > 5 deny }\n"
    found = known(tmp_path, text, deadline=time.monotonic() - 1)
    goals = {name: fires(found, name) for name in ("torn", "may")}
    wanted = [undecided(USED_UP)]
    assert said(found.impossible(FINDING, goals, lambda _: told(found))) == wanted
    cases = {"torn": case(found, goals["torn"], never)}
    assert said(d for _, d in found.shown(FINDING, cases)) == wanted
    grouped: dict[tuple[str, object], Case] = {
        ("torn", 1): cases["torn"],
        ("torn", 2): cases["torn"],
    }
    assert said(found.first_shown(FINDING, grouped)) == wanted


def test_a_standard_modules_rules_are_not_its_own(tmp_path: Path) -> None:
    text = 'import std.edge\nimport "./m.epol"\n' + WARD + "rule r { hold }\n"
    path = write(tmp_path, HEAD + text, m="module m\nrule r { deny }\n")
    found = Known(compile_policy(path))
    assert sorted(rule.name for rule in found.own_rules) == ["m.r", "r"]
    others = {rule.name for rule in found.policy.rules} - {"m.r", "r"}
    assert others
    assert all(found.rule_span(name) is None for name in others)
    assert {found.rule_span(name) for name in ("r", "m.r")} == {r.span for r in found.own_rules}


# --- all analyses of a policy --------------------------------------------------------


def by_name(found: Known) -> dict[str, Analysis]:
    """What became of each analysis."""
    return {each.name: each for each in analyse(found)}


def test_every_finding_is_looked_for_once_and_timed(tmp_path: Path) -> None:
    every = list(analyse(known(tmp_path)))
    assert [each.name for each in every] == list(findings())
    assert all(each.milliseconds > 0 for each in every)


def test_nothing_wrong_is_proved_and_something_wrong_refuted(tmp_path: Path) -> None:
    every = by_name(known(tmp_path, NEVER))
    never_fires = every["rule-never-fires"]
    assert never_fires.outcome == "refuted"
    assert [each.span.text for each in never_fires.diagnostics] == ["torn"]
    others = [each for name, each in every.items() if name != "rule-never-fires"]
    assert {(each.outcome, each.diagnostics) for each in others} == {("proved", ())}


def test_without_time_no_rule_is_said_to_be_fine(tmp_path: Path) -> None:
    every = by_name(known(tmp_path, NEVER, deadline=time.monotonic() - 1))
    assert every["rule-never-fires"].outcome == "undecided"
    assert "refuted" not in {each.outcome for each in every.values()}
    for analysis in every.values():
        assert (analysis.outcome == "undecided") == bool(analysis.diagnostics)
        assert all(each.definition is FINDING_UNDECIDED for each in analysis.diagnostics)


def test_what_cannot_be_looked_at_is_undecided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("epol.compiler.smt.outcomes.MAX_STATES", 50)
    found = known(tmp_path, LETTERS)
    every = by_name(found)
    [diagnostic] = every["rule-never-fires"].diagnostics
    assert every["rule-never-fires"].outcome == "undecided"
    assert diagnostic.message == (
        "`rule-never-fires` is undecided: 8 strings and globs have too many joint outcomes"
    )
    assert diagnostic.span == found.head
    assert every["label-without-detector"].outcome == "proved"


# --- as `epolc check` says it --------------------------------------------------------


def test_the_undecided_fails_only_under_strict(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + WARD + NEVER)
    loose = epolc("check", path, "--budget", "0s")
    assert loose.status == 0
    assert (
        f"warning[finding-undecided]: `rule-never-fires` is undecided here: {USED_UP}" in loose.out
    )
    assert epolc("check", path, "--budget", "0s", "--strict").status == 1


def test_the_json_has_the_outcome_of_each_analysis(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + WARD + NEVER)
    for budget, outcome in (("60s", "refuted"), ("0s", "undecided")):
        analyses = epolc("check", path, "--format", "json", "--budget", budget).json()["analyses"]
        assert [each["name"] for each in analyses] == list(findings())
        assert {each["file"] for each in analyses} == {str(path)}
        assert all(each["milliseconds"] > 0 for each in analyses)
        [torn] = (each for each in analyses if each["name"] == "rule-never-fires")
        assert torn["outcome"] == outcome
        assert {each["outcome"] for each in analyses} <= {"proved", outcome}


def test_a_policy_that_does_not_compile_is_not_analysed(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "rule r { when a.b deny }\n")
    assert epolc("check", path, "--format", "json").json()["analyses"] == []
