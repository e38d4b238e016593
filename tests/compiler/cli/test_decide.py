"""`epolc decide`: one request, streams, explanations, bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.compiler.cli.running import CLOUDY, HEAD, WARD, epolc, write

POLICY = (
    HEAD
    + WARD
    + CLOUDY
    + """label phi.mrn "Record number"
let hard = task.complexity >= 0.7
rule private { when found phi and target.at == cloud deny because "PHI stays" }
rule half { when hard and target.at == cloud prefer 1.5 }
rule slim { when caller.tenant == "trial" cap max_output_tokens 100 tag "trial" }
"""
)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return write(tmp_path, POLICY)


def test_one_decision_is_one_json_object(policy: Path) -> None:
    request = {"attributes": {"task.complexity": 0.9, "caller.tenant": "x"}}
    ran = epolc("decide", policy, "--request", "-", stdin=json.dumps(request))
    assert ran.status == 0
    decision = ran.json()
    assert decision["status"] == "route"
    assert decision["order"] == ["cloudy", "ward"]
    assert decision["targets"]["cloudy"]["score"] == 1.5
    assert decision["targets"]["ward"]["score"] == 0
    assert decision["policy"]["name"] == "t"
    assert decision["policy"]["digest"].startswith("sha256:")


def test_the_digest_is_of_the_content_not_of_the_place(tmp_path: Path) -> None:
    digests = {
        epolc("decide", write(tmp_path / name, POLICY), "--request", "-", stdin="{}").json()[
            "policy"
        ]["digest"]
        for name in ("a", "b")
    }
    changed = write(tmp_path / "c", POLICY + "# changed\n")
    other = epolc("decide", changed, "--request", "-", stdin="{}").json()["policy"]["digest"]
    assert len(digests) == 1
    assert other not in digests


def test_a_stream_gives_one_line_each_and_an_error_object_for_a_bad_one(policy: Path) -> None:
    lines = ['{"labels": {"phi.mrn": 1}}', "nonsense", "", '{"attributes": {"net.onlin": true}}']
    ran = epolc("decide", policy, "--requests", "-", stdin="\n".join(lines))
    assert ran.status == 1
    results = [json.loads(line) for line in ran.out.splitlines()]
    assert [result.get("status") for result in results] == ["route", None, None]
    assert results[0]["order"] == ["ward"]
    assert results[1]["line"] == 2
    assert "net.onlin" in results[2]["error"]
    assert "net.online" in results[2]["error"]


def test_a_stream_from_a_file_without_fault_gives_status_0(policy: Path, tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text("{}\n{}\n")
    ran = epolc("decide", policy, "--requests", tmp_path / "r.jsonl")
    assert (ran.status, len(ran.out.splitlines())) == (0, 2)


BAD = {
    "not json": "{",
    "not an object": "[]",
    "an undeclared attribute": '{"attributes": {"nobody": 1}}',
    "a wrong type": '{"attributes": {"net.online": "yes"}}',
    "out of range": '{"attributes": {"task.complexity": 1.5}}',
    "a duration without a unit": '{"attributes": {"net.jitter": 80}}',
    "an unknown label": '{"labels": {"phi.x": 1}}',
    "an unknown flow": '{"flow": "requests"}',
    "no target off the flow request": '{"flow": "response"}',
    "a key twice": '{"labels": {}, "labels": {}}',
    "NaN": '{"attributes": {"task.complexity": NaN}}',
    "an unknown key": '{"atributes": {}}',
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_a_bad_request_gives_status_2_and_no_decision(policy: Path, body: str) -> None:
    ran = epolc("decide", policy, "--request", "-", stdin=body)
    assert ran.status == 2
    assert not ran.out
    assert ran.err.startswith("error: ")


def test_a_policy_with_errors_decides_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "rule r { when nobody deny }")
    ran = epolc("decide", path, "--request", "-", stdin="{}")
    assert ran.status == 1
    assert not ran.out
    assert "unknown-attribute" in ran.err


@pytest.mark.parametrize(
    "options", [[], ["--request", "-", "--requests", "-"], ["--request", "missing.json"]]
)
def test_wrong_usage_gives_status_2(policy: Path, options: list[str]) -> None:
    assert epolc("decide", policy, *options, stdin="{}").status == 2


@pytest.mark.parametrize("options", [[], ["--explain", "--json"]])
def test_the_engine_decides_as_the_reference_does(policy: Path, options: list[str]) -> None:
    request = json.dumps({"attributes": {"task.complexity": 0.9}, "labels": {"phi.mrn": 2}})
    command: list[str | Path] = ["decide", policy, "--request", "-", *options]
    by_reference = epolc(*command, stdin=request)
    by_engine = epolc(*command, "--evaluator", "engine", stdin=request)
    assert (by_engine.status, by_engine.out) == (0, by_reference.out)


def test_the_engine_decides_a_stream(policy: Path) -> None:
    lines = '{"attributes": {"task.complexity": 0.9}}\n{"attributes": {"task.complexity": 7}}\n'
    command = ("decide", policy, "--requests", "-", "--evaluator", "engine")
    ran = epolc(*command, stdin=lines)
    decision, error = (json.loads(line) for line in ran.out.splitlines())
    assert ran.status == 1
    assert decision["status"] == "route"
    assert error["line"] == 2
    assert "outside" in error["error"]


def test_an_explanation_names_data_place_rule_because_and_unknowns(policy: Path) -> None:
    request = {"attributes": {"task.complexity": 0.9}, "labels": {"phi.mrn": 2}}
    ran = epolc("decide", policy, "--request", "-", "--explain", stdin=json.dumps(request))
    assert ran.status == 0
    assert "The request goes to ward (local)." in ran.out
    assert "Found in it: Record number (phi.mrn), 2 spans." in ran.out
    assert "rule private refuses it — PHI stays." in ran.out
    assert "rule slim (to be safe: caller.tenant is not known)" in ran.out
    assert "Without any Record number (phi.mrn), it would go to cloudy (cloud)." in ran.out


def test_an_explanation_speaks_no_implementation(policy: Path) -> None:
    ran = epolc("decide", policy, "--request", "-", "--explain", stdin="{}")
    for word in ("None", "frozenset", "Treatment.", "True", "False", "<", "lane"):
        assert word not in ran.out


def test_an_explanation_can_be_part_of_the_json(policy: Path) -> None:
    ran = epolc("decide", policy, "--request", "-", "--explain", "--json", stdin="{}")
    assert ran.json()["explanation"][0].startswith("The request goes to")


def test_what_would_change_it_does_change_it(policy: Path) -> None:
    body = {"attributes": {"task.complexity": 0.9, "caller.tenant": "x"}}
    ran = epolc("decide", policy, "--request", "-", "--explain", stdin=json.dumps(body))
    assert "With task.complexity below 0.7, it would go to ward (local)." in ran.out
    body["attributes"]["task.complexity"] = 0.699999
    decided = epolc("decide", policy, "--request", "-", stdin=json.dumps(body)).json()
    assert decided["target"] == "ward"


def test_text_is_scanned_and_never_shown(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY + "detector d -> phi.mrn { match /SECRET-\\d+/ }\n")
    body = {"text": [{"role": "user", "text": "SECRET-42, SECRET-43"}]}
    ran = epolc("decide", path, "--request", "-", stdin=json.dumps(body))
    assert (ran.status, ran.err) == (0, "")
    assert ran.json()["labels"] == {"phi.mrn": 2}
    assert "SECRET" not in ran.out
    named = epolc(
        "decide", path, "--request", "-", stdin=json.dumps({**body, "labels": {"phi.mrn": 7}})
    )
    assert named.json()["labels"] == {"phi.mrn": 7}


def test_text_that_asks_for_too_much_work_is_not_decided(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY + "detector d -> phi.mrn { match /N[0-9]/ }\n")
    body = json.dumps({"text": [{"text": "N1 " * 20_001}]})
    ran = epolc("decide", path, "--request", "-", stdin=body)
    assert (ran.status, ran.out) == (2, "")
    assert "more candidates" in ran.err
    lines = epolc("decide", path, "--requests", "-", stdin=body + "\n{}\n")
    assert lines.status == 1
    bad, good = map(json.loads, lines.out.splitlines())
    assert (bad["line"], good["status"]) == (1, "route")
