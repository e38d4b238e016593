"""Model detectors in commands: run where they can be, unknown and named where they cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from epol.engine.errors import ModelUnavailableError
from epol.engine.models import classifier
from epol.engine.models.catalogue import Packaged
from epol.engine.models.once import Once
from tests.compiler.cli.running import epolc

POLICY = """\
policy p version "1"
import std.names.people
target here { at local }
target far { at cloud }
rule names { when found pii.name and target.at == cloud deny }
rule far_is_better { when target.at == cloud prefer 10 }
rule treated { redact pii.name }
test "a name stays here" {
  text "My colleague Maria Gonzalez lives here."
  expect route here
}
test "what has no name goes far" {
  text "What is the boiling point of water?"
  expect route far
}
"""
TEXT = "My colleague Maria Gonzalez lives here."


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "p.epol"
    path.write_text(POLICY)
    (tmp_path / "t.txt").write_text(TEXT)
    (tmp_path / "r.json").write_text(json.dumps({"text": [{"text": "boiling water"}]}))
    (tmp_path / "d.jsonl").write_text(
        json.dumps({"text": TEXT, "spans": [{"start": 13, "end": 27, "type": "PERSON"}]})
    )
    return str(path)


@pytest.fixture
def uninstalled(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the package with the weights were not there."""

    def folder_of(model: Packaged) -> Path:
        raise ModelUnavailableError(f"{model.name} is not installed")

    monkeypatch.setattr(classifier, "_loaded", Once[object]())
    monkeypatch.setattr(classifier, "folder_of", folder_of)


def beside(policy: str, name: str) -> str:
    return str(Path(policy).with_name(name))


def test_scan_finds_names(policy: str) -> None:
    done = epolc("scan", beside(policy, "t.txt"), "--policy", policy)
    assert "1:14: pii.name (std.names.people.people" in done.out
    assert not done.err


def test_scan_treats_what_a_model_found(policy: str) -> None:
    done = epolc("scan", beside(policy, "t.txt"), "--policy", policy, "--treat", "redact")
    assert done.out == "My colleague [pii.name] lives here."
    done = epolc(
        "scan", beside(policy, "t.txt"), "--policy", policy, "--treat", "policy", "--target", "here"
    )
    assert done.out == "My colleague [pii.name] lives here."


@pytest.mark.parametrize("option", ["--no-models", None])
def test_scan_names_what_stays_unknown(
    policy: str, option: str | None, request: pytest.FixtureRequest
) -> None:
    if option is None:
        request.getfixturevalue("uninstalled")
    options = [option] if option else []
    done = epolc("scan", beside(policy, "t.txt"), "--policy", policy, *options)
    assert done.status == 0
    assert "note: pii.name is unknown, not absent" in done.err
    assert "pii.name (" not in done.out


def test_decide_knows_names_or_says_that_they_are_unknown(policy: str) -> None:
    request = beside(policy, "r.json")
    known = json.loads(epolc("decide", policy, "--request", request).out)
    assert (known["target"], known["unknown"]) == ("far", [])
    unknown = json.loads(epolc("decide", policy, "--request", request, "--no-models").out)
    assert (unknown["target"], unknown["unknown"]) == ("here", ["pii.name"])


def test_a_label_that_the_request_names_is_as_it_says(policy: str, tmp_path: Path) -> None:
    path = tmp_path / "what_if.json"
    for count, unknown in ((None, ["pii.name"]), (1, [])):
        path.write_text(json.dumps({"text": [{"text": "x"}], "labels": {"pii.name": count}}))
        decision = json.loads(epolc("decide", policy, "--request", str(path)).out)
        assert (decision["target"], decision["unknown"]) == ("here", unknown)


def test_eval_counts_names(policy: str) -> None:
    options = ("--policy", policy, "--format", "json")
    counted = json.loads(epolc("eval", beside(policy, "d.jsonl"), *options).out)
    assert counted["overall"]["found"] == 1
    done = epolc("eval", beside(policy, "d.jsonl"), *options, "--no-models")
    assert json.loads(done.out)["overall"]["found"] == 0
    assert "pii.name is unknown" in done.err


def test_tests_and_check_run_models(policy: str) -> None:
    assert epolc("test", policy).status == 0
    assert epolc("check", policy).status == 0
    done = epolc("test", policy, "--no-models")
    assert done.status == 1
    assert "what has no name goes far" in done.out


def test_examples_of_a_model_detector_are_tried(tmp_path: Path) -> None:
    path = tmp_path / "m.epol"
    path.write_text(
        "module m\nlabel a.name\n"
        'detector d -> a.name { model "names" class PER example "no name here" '
        'counterexample "My colleague Maria Gonzalez lives here." }\n'
    )
    done = epolc("check", str(path))
    assert "example-not-found" in done.out
    assert "counterexample-found" in done.out


@pytest.mark.usefixtures("uninstalled")
def test_examples_of_a_model_that_is_not_there_are_not_tried(tmp_path: Path) -> None:
    path = tmp_path / "m.epol"
    path.write_text(
        'module m\nlabel a.name\ndetector d -> a.name { model "names" class PER example "no" }\n'
    )
    assert epolc("check", str(path)).status == 0
