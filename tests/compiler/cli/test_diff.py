"""`epolc diff`: statuses, forms, logs, bad input."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from epol.compiler.examine import examine
from epol.compiler.report.diff_markdown import escaped, fenced
from tests.compiler.cli.running import CLOUDY, HEAD, WARD, Ran, epolc, write

BASE = HEAD + WARD + CLOUDY + "label pii.name\nattr a.n : int in 0 .. 9\n"
OLD = BASE + "rule stays { when found pii and target.at == cloud deny }\n"
NEW = BASE + 'rule stays { when found pii and target.at == cloud and a.n > 3 deny tag "t" }\n'
SAME = BASE + 'rule stays { when target.at == cloud deny because "no" unless not found pii }\n'


def run(folder: Path, old: str, new: str, *arguments: str | Path, stdin: str | None = None) -> Ran:
    """Compare two policies of a text each."""
    write(folder, {"old.epol": old, "new.epol": new})
    return epolc("diff", folder / "old.epol", folder / "new.epol", *arguments, stdin=stdin)


def of(data: Any, kind: str, flow: str = "request") -> Any:  # noqa: ANN401 (JSON)
    """One kind of a report."""
    [found] = [d for d in data["differences"] if (d["kind"], d["flow"]) == (kind, flow)]
    return found


def test_what_is_alike_ends_with_0_and_says_that_it_is_proved(tmp_path: Path) -> None:
    ran = run(tmp_path, OLD, SAME)
    assert ran.status == 0
    assert ran.out.endswith("OLD and NEW decide every request alike: proved.\n")
    assert ran.out.count("proved to be none: any kind") == 3
    assert run(tmp_path, OLD, OLD, "--format", "markdown").status == 0


def test_what_differs_ends_with_1_and_shows_a_request(tmp_path: Path) -> None:
    ran = run(tmp_path, OLD, NEW)
    assert ran.status == 1
    assert "newly-permitted   place cloud; target cloudy: witness 1" in ran.out
    assert "a request with a.n = 0, label pii.name = 1" in ran.out
    assert "rule stays refuses it." in ran.out
    assert "decide requests otherwise, with 2 kinds of difference." in ran.out


def test_what_is_declared_otherwise_and_not_compared_is_no_equivalence(tmp_path: Path) -> None:
    found = "detector d -> pii.name { match /N[0-9]/ }\n"
    ran = run(tmp_path, OLD, OLD + found)
    assert ran.status == 1
    assert "detector d: only in NEW (not compared)" in ran.out
    assert "decide the same facts alike: proved" in ran.out
    data = run(tmp_path, OLD, OLD + found, "--format", "json").json()
    assert (data["equivalent"], data["alike"]) == (False, True)


def test_what_is_declared_otherwise_and_compared_does_not_matter(tmp_path: Path) -> None:
    ran = run(tmp_path, OLD, OLD + "attr a.more : int\nlabel pii.more\n")
    assert ran.status == 1, "a label under pii is found by OLD's rule in NEW alone"
    ran = run(tmp_path, OLD, OLD + "attr a.more : int\nlabel other\n")
    assert ran.status == 0
    assert "attr a.more: only in NEW\n" in ran.out


def test_no_time_is_not_proved(tmp_path: Path) -> None:
    ran = run(tmp_path, OLD, NEW, "--budget", "0s")
    assert ran.status == 1
    assert "undecided: the budget is used up" in ran.out
    assert "It is not proved that OLD and NEW decide every request alike." in ran.out
    ran = run(tmp_path, OLD, NEW, "--budget", "0s", "--format", "markdown")
    assert "| **newly-permitted** | requests | undecided: the budget is used up | none |" in ran.out


def test_the_json_says_it_all(tmp_path: Path) -> None:
    data = run(tmp_path, OLD, NEW, "--format", "json").json()
    assert data["version"] == 1
    assert data["old"]["digest"] != data["new"]["digest"]
    assert len(data["differences"]) == 13 + 8 + 8
    permitted = of(data, "newly-permitted")
    assert permitted["outcome"] == "found"
    assert permitted["subjects"] == [{"target": "cloudy"}, {"place": "cloud"}]
    assert of(data, "less-treated") == {
        "kind": "less-treated",
        "flow": "request",
        "outcome": "none",
        "reason": None,
        "subjects": [],
        "treated_alike": [],
        "witnesses": [],
    }
    witness = data["witnesses"][permitted["witnesses"][0] - 1]
    assert witness["shows"]["newly-permitted"] == permitted["subjects"]
    assert witness["old"]["decision"]["order"] == ["ward"]
    assert witness["new"]["decision"]["order"] == ["ward", "cloudy"]
    assert data["requests"] is None


@pytest.mark.parametrize("format", ["json", "markdown"])
def test_the_tests_of_witnesses_pass_where_they_are_pasted(tmp_path: Path, format: str) -> None:
    ran = run(tmp_path, OLD, NEW, "--format", format)
    if format == "json":
        pairs = [(w["old"]["test"], w["new"]["test"]) for w in ran.json()["witnesses"]]
    else:
        blocks = re.findall(r"```epol\n(.*?)```", ran.out, re.DOTALL)
        pairs = list(zip(blocks[::2], blocks[1::2], strict=True))
    assert pairs
    for text, tests in zip((OLD, NEW), zip(*pairs, strict=True), strict=True):
        outcomes = examine(write(tmp_path / "again", text + "\n".join(tests))).tests
        assert [outcome.status for outcome in outcomes] == ["passed"] * len(pairs)


def test_bundles_are_policies(tmp_path: Path) -> None:
    write(tmp_path, {"old.epol": OLD, "new.epol": NEW})
    bundle = tmp_path / "old.epolb"
    assert epolc("build", tmp_path / "old.epol", "-o", bundle).status == 0
    assert epolc("diff", bundle, tmp_path / "old.epol").status == 0
    assert epolc("diff", bundle, tmp_path / "new.epol").status == 1


LOG = [
    {"attributes": {"a.n": 1}},
    {"attributes": {"a.n": 1}, "labels": {"pii.name": 1}},
    {"attributes": {"a.n": 4}, "labels": {"pii.name": 1}},
    {"flow": "response", "target": "ward", "labels": {"pii.name": None}},
]


def test_a_log_is_counted_by_kind(tmp_path: Path) -> None:
    lines = "\n\n".join(json.dumps(each) for each in LOG)
    ran = run(tmp_path, OLD, NEW, "--requests", "-", "--format", "json", stdin=lines)
    assert ran.json()["requests"] == {
        "decided": 4,
        "alike": 3,
        "bad": 0,
        "errors": [],
        "kinds": {"newly-permitted": {"requests": 1, "first_line": 3}},
    }
    (tmp_path / "log.jsonl").write_text(lines)
    ran = run(tmp_path, OLD, NEW, "--requests", tmp_path / "log.jsonl")
    assert "4 decided, 3 of them alike\n  newly-permitted   1, the first in line 3\n" in ran.out
    ran = run(tmp_path, OLD, NEW, "--requests", tmp_path / "log.jsonl", "--format", "markdown")
    assert "Requests of the log: 4 decided, 3 of them alike." in ran.out
    assert "| newly-permitted | 1 | 3 |" in ran.out


def test_the_engine_counts_as_the_evaluator_does(tmp_path: Path) -> None:
    caps = "cap temperature 0.5 cap reasoning_effort low"
    more = f'rule treat {{ when found pii {caps} tools only "a" }}\n'
    new = NEW + more + "rule mask { mask pii }\ndetector d -> pii.name { match /N[0-9]/ }\n"
    text = [{"text": [{"text": "N1"}], "attributes": {"a.n": n}} for n in (1, 5)]
    lines = "\n".join(json.dumps(each) for each in (*LOG, *text))
    counted = [
        run(
            tmp_path,
            OLD,
            new,
            "--requests",
            "-",
            "--format",
            "json",
            "--evaluator",
            by,
            stdin=lines,
        ).json()["requests"]
        for by in ("reference", "engine")
    ]
    assert counted[0] == counted[1]
    assert {*counted[0]["kinds"]} >= {"newly-permitted", "treated-otherwise", "limits-lowered"}


def test_the_engine_refuses_bad_lines_too(tmp_path: Path) -> None:
    ran = run(tmp_path, OLD, OLD, "--requests", "-", "--evaluator", "engine", stdin='{"x": 1}\n{}')
    assert ran.status == 1
    assert ran.err.startswith("error: -:1: OLD: the request: `x` is not a key of a request")
    assert "1 decided, 1 of them alike, 1 bad" in ran.out


def test_the_engine_is_for_logs_and_runs_models_itself(tmp_path: Path) -> None:
    assert run(tmp_path, OLD, NEW, "--evaluator", "engine").status == 2
    more = ("--requests", "-", "--evaluator", "engine")
    assert run(tmp_path, OLD, NEW, *more, "--no-models", stdin="").status == 2
    failing = OLD + 'test "no" { expect blocked }\n'
    assert run(tmp_path, OLD, failing, *more, stdin="").status == 2


def test_texts_of_a_log_are_read_by_each_policys_detectors(tmp_path: Path) -> None:
    new = OLD + "detector d -> pii.name { match /N[0-9]/ }\n"
    lines = '{"text": [{"text": "N1"}]}\n{"text": [{"text": "none"}]}'
    ran = run(tmp_path, OLD, new, "--requests", "-", "--format", "json", stdin=lines)
    data = ran.json()
    assert data["requests"]["kinds"] == {"newly-refused": {"requests": 1, "first_line": 1}}
    assert of(data, "newly-refused")["outcome"] == "none"


def test_what_one_policy_declares_is_given_to_it_alone(tmp_path: Path) -> None:
    new = (
        OLD + "attr a.more : int\nlabel other\nrule more { when a.more > 3 or found other block }\n"
    )
    lines = [
        {"attributes": {"a.more": 3}},
        {"attributes": {"a.more": 4}},
        {"attributes": {"a.more": 0}, "labels": {"other": 1}},
    ]
    stdin = "\n".join(json.dumps(each) for each in lines)
    data = run(tmp_path, OLD, new, "--requests", "-", "--format", "json", stdin=stdin).json()
    assert data["requests"]["decided"] == 3
    assert data["requests"]["kinds"]["newly-blocked"] == {"requests": 2, "first_line": 2}


def test_bad_lines_are_named_and_the_rest_is_counted(tmp_path: Path) -> None:
    new = OLD.replace("0 .. 9", "0 .. 5")
    lines = [
        "{}",
        "nonsense CANARY",
        '{"attributes": {"a.n": 7}}',
        '{"attributes": {"a.x": 7}}',
        "[]",
    ]
    ran = run(tmp_path, OLD, new, "--requests", "-", stdin="\n".join(lines))
    assert ran.status == 1
    errors = ran.err.splitlines()
    assert [each.split(":")[2] for each in errors] == ["2", "3", "4", "5"]
    assert errors[1].startswith("error: -:3: NEW: attributes: a.n: the value is outside")
    assert "OLD: attributes: `a.x` is not" in errors[2]
    assert "CANARY" not in ran.out + ran.err
    assert "1 decided, 1 of them alike, 4 bad" in ran.out


def test_a_bad_line_alone_is_a_finding(tmp_path: Path) -> None:
    assert run(tmp_path, OLD, OLD, "--requests", "-", stdin="{}").status == 0
    assert run(tmp_path, OLD, OLD, "--requests", "-", stdin="{}\n{").status == 1


def test_of_very_many_bad_lines_the_first_are_named(tmp_path: Path) -> None:
    ran = run(tmp_path, OLD, OLD, "--requests", "-", stdin="{\n" * 103)
    assert len(ran.err.splitlines()) == 101
    assert ran.err.endswith("error: and 3 more bad lines\n")


def test_bad_input_ends_with_2_or_with_its_errors(tmp_path: Path) -> None:
    ran = run(tmp_path, OLD, "policy p version")
    assert (ran.status, ran.out) == (1, "")
    assert "error" in ran.err
    assert run(tmp_path, OLD, NEW, "--budget", "much").status == 2
    assert run(tmp_path, OLD, NEW, "--requests", tmp_path / "missing.jsonl").status == 2
    assert run(tmp_path, OLD, NEW, "--format", "xml").status == 2
    assert epolc("diff", tmp_path / "old.epol").status == 2
    assert epolc("diff", tmp_path / "old.epol", tmp_path / "missing.epol").status == 2
    (tmp_path / "broken.epolb").write_bytes(b"EPOLB nonsense")
    assert epolc("diff", tmp_path / "broken.epolb", tmp_path / "new.epol").status in (1, 2)
    module = write(tmp_path, {"m.epol": "module m\nlabel m.x\n"})
    assert epolc("diff", tmp_path / "old.epol", module).status == 2


def test_texts_of_a_policy_stay_texts_in_markdown(tmp_path: Path) -> None:
    head = BASE + 'attr a.t : string default "x"\n'
    old = head + 'rule r { when a.t == "```|<b>EU*" block because "| `no` <script>" }\n'
    ran = run(tmp_path, old, head, "--format", "markdown")
    assert "<script>" not in re.sub(r"(`{3,}).*?\n\1", "", ran.out, flags=re.DOTALL)
    assert "````epol" in ran.out
    assert r"\|\<b\>EU\*" in ran.out


def test_marks_of_markdown_are_escaped_and_fences_are_long_enough() -> None:
    assert escaped("a_b|<c>\n`") == r"a\_b\|\<c\>\\u\{a\}\`"
    assert list(fenced("````")) == ["", "`````epol", "````", "`````"]


def test_a_dearer_request_is_said_in_words(tmp_path: Path) -> None:
    priced = (
        HEAD
        + WARD.replace("tools", "price in $0 out $0 per 1M tools")
        + CLOUDY.replace("tools", "price in $1 out $2 per 1M tools")
    )
    new = priced + "rule far { when target.at == cloud prefer 1 }\n"
    ran = run(tmp_path, priced, new)
    assert re.search(r"it costs \$[0-9.]+ in NEW and \$0 in OLD, \$0\.[0-9]+ more", ran.out)
    told = run(tmp_path, priced, new, "--format", "markdown").out
    assert re.search(r"\nIt costs \$[0-9.]+ in NEW and \$0 in OLD, ", told)
    moved = new.replace("at cloud", "at premises").replace("target.at == premises", "true")
    shown = run(tmp_path, priced, moved, "--format", "markdown").out
    assert "Declared otherwise:\n\n- target cloudy: at: cloud in OLD, premises in NEW" in shown
    [witness] = [
        w
        for w in run(tmp_path, priced, new, "--format", "json").json()["witnesses"]
        if "dearer" in w["shows"]
    ]
    assert witness["cost"]["old"] == "$0"
    assert witness["cost"]["new"] == witness["cost"]["more"]


def test_targets_and_facts_of_one_side_are_named_as_such(tmp_path: Path) -> None:
    new = OLD + (
        "target site { at premises context 9k }\nattr a.m : int\n"
        "rule more { when a.m != 3 and target.at == premises deny }\n"
    )
    ran = run(tmp_path, OLD, new)
    assert "a.m = 3 (NEW alone)" in ran.out
    assert "site is not there." in ran.out
    gone = run(tmp_path, new, OLD)
    assert "a.m = 3 (OLD alone)" in gone.out


def test_a_response_is_shown_with_its_target(tmp_path: Path) -> None:
    ran = run(tmp_path, OLD, OLD + "rule out { on response when a.n == 2 deny }\n")
    assert "a response of ward without facts: each has its default or is not known" in ran.out
    assert "newly-blocked     targets cloudy, ward: witness 1" in ran.out
