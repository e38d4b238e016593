"""`epolc log` and `epolc replay`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from epol.engine import DecisionLog, Engine, Request
from tests.compiler.cli.running import CLOUDY, HEAD, WARD, Ran, epolc, write

KEY = b"a key for the tests of the commands, long enough\n"
OLD = (
    HEAD
    + WARD
    + CLOUDY
    + """label phi.mrn
detector mrn -> phi.mrn { match /MRN [0-9]{8}/ }
rule private { when found phi and target.at == cloud  deny  because "PHI stays" }
rule hard { when task.complexity >= 0.7 and target.at == cloud  prefer 1.5 }
rule many { when request.tokens > 60k  block }
"""
)
NEW = OLD.replace('deny  because "PHI stays"', "mask phi keep last 4").replace('"1"', '"2"')
REQUESTS = (
    Request({"task.complexity": 0.9, "caller.tenant": "Quetzalcoatl"}),
    Request({"task.complexity": 0.9}, [("user", "MRN 00482913")]),
    Request({"task.complexity": 0.1, "request.tokens": 70_000}),
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a log, the key, and the policies before and after."""
    for name in ("EPOL_LOG_KEY", "EPOL_LOG_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"old.epol": OLD, "new.epol": NEW})
    Path("key").write_bytes(KEY)
    Path("key").chmod(0o600)
    with DecisionLog("log", key=KEY.strip(), fsync="never") as log:
        engine = Engine.compile("old.epol", log=log)
        for request in REQUESTS:
            engine.decide(request)
    return tmp_path


def replayed(policy: str, *options: str) -> tuple[Ran, dict[str, Any]]:
    ran = epolc("replay", "log", "--policy", policy, "--format", "json", *options)
    return ran, ran.json()


# --- verify ---------------------------------------------------------------------------------


def test_a_log_as_it_was_written() -> None:
    ran = epolc("log", "verify", "log", "--key-file", "key")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("1 file, 6 lines as written, 3 decisions, 0 findings\nhead 6:")
    shown = epolc("log", "verify", "log/000001.jsonl", "--key-file", "key", "--format", "json")
    data = shown.json()
    assert data["as_written"] is True
    assert data["head"] == ran.out.split()[-1]
    assert epolc("log", "verify", "log", "--key-file", "key", "--head", data["head"]).status == 0


def test_the_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = epolc("log", "verify", "log")
    assert ran.status == 2
    assert "EPOL_LOG_KEY_FILE" in ran.err
    monkeypatch.setenv("EPOL_LOG_KEY_FILE", "key")
    assert epolc("log", "verify", "log").status == 0
    monkeypatch.setenv("EPOL_LOG_KEY", "short")
    ran = epolc("log", "verify", "log")
    assert (ran.status, "both set" in ran.err) == (2, True)
    assert epolc("log", "show", "log").status == 0


def test_what_was_altered_is_a_finding() -> None:
    path = Path("log/000001.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"status":"block"', b'"status":"route"'))
    ran = epolc("log", "verify", "log", "--key-file", "key")
    assert ran.status == 1
    assert ran.out.startswith("log/000001.jsonl:5: line-altered: ")
    data = epolc("log", "verify", "log", "--key-file", "key", "--format", "json").json()
    assert data["as_written"] is False
    assert data["findings"][0]["line"] == 5


def test_many_findings_are_counted_in_the_report() -> None:
    path = Path("log/000001.jsonl")
    path.write_bytes(path.read_bytes() + b"x\n" * 150)
    ran = epolc("log", "verify", "log", "--key-file", "key")
    assert "and 50 more\n" in ran.out
    assert "150 findings" in ran.out


def test_options_of_verify() -> None:
    path = Path("log/000001.jsonl")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert epolc("log", "verify", "log", "--key-file", "key").status == 1
    assert epolc("log", "verify", "log", "--key-file", "key", "--open", "--partial").status == 0
    ran = epolc("log", "verify", "log", "--key-file", "key", "--open", "--head", f"9:{'0' * 64}")
    assert (ran.status, "head-missing" in ran.out) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "No such file"),
        (["empty"], "no file of a decision log"),
        (["log", "--head", "7"], "a head is a record's number"),
    ],
)
def test_what_cannot_be_verified(arguments: list[str], said: str) -> None:
    Path("empty").mkdir()
    ran = epolc("log", "verify", *arguments, "--key-file", "key")
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err


def test_a_key_that_others_may_read() -> None:
    Path("key").chmod(0o644)
    ran = epolc("log", "verify", "log", "--key-file", "key")
    assert (ran.status, "others than its owner" in ran.err) == (2, True)


# --- show -----------------------------------------------------------------------------------


def test_records_are_shown_in_a_line_each() -> None:
    ran = epolc("log", "show", "log")
    assert ran.status == 0
    one, two, three = ran.out.splitlines()
    assert one.endswith("request  route to cloudy  t 1")
    assert two.endswith("request  route to ward  phi.mrn=1  by private  t 1")
    assert three.endswith("request  block  by many, std.edge.fits_context  t 1")
    assert epolc("log", "show", "log", "--last", "1").out == three + "\n"


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        (["status=block"], [5]),
        (["target=ward"], [4]),
        (["rule=private"], [4]),
        (["label=phi.mrn", "status=route"], [4]),
        (["label=phi.mrn", "status=block"], []),
        (["policy=t", "version=1"], [3, 4, 5]),
        (["version=2"], []),
        (["flow=request"], [3, 4, 5]),
        (["tag=x"], []),
        (["unknown=caller.tenant"], []),
        (["kind=seal"], [6]),
        (["kind=begin"], [1]),
        (["kind=policy"], [2]),
    ],
)
def test_records_that_are_wanted(where: list[str], numbers: list[int]) -> None:
    options = [part for each in where for part in ("--where", each)]
    shown = epolc("log", "show", "log", "--format", "json", *options).out.splitlines()
    assert [json.loads(line)["seq"] for line in shown] == numbers
    assert len(epolc("log", "show", "log", *options).out.splitlines()) == len(numbers)


@pytest.mark.parametrize("where", ["status", "nobody=1", "=", "facts=x"])
def test_a_condition_that_is_none(where: str) -> None:
    ran = epolc("log", "show", "log", "--where", where)
    assert (ran.status, ran.out) == (2, "")
    assert "--where NAME=VALUE" in ran.err


def test_show_reads_what_is_no_log_as_an_error() -> None:
    Path("other").write_text("{}\n")
    assert epolc("log", "show", "other").status == 2
    assert epolc("log", "show", "nothing").status == 2


def test_what_another_hand_wrote_does_not_reach_the_terminal() -> None:
    path = Path("log/000001.jsonl")
    lines = path.read_text().splitlines()
    line = json.loads(lines[3])
    for name in ("time", "flow", "target", "failure", "labels", "reasons", "policy"):
        changed = json.dumps({**line, name: "\x1b[31m"}, separators=(",", ":"))
        path.write_text("\n".join([lines[0], changed, ""]))
        ran = epolc("log", "show", "log")
        assert ran.status == 0
        assert "\x1b" not in ran.out


# --- replay ---------------------------------------------------------------------------------


def test_the_same_policy_again() -> None:
    ran = epolc("replay", "log", "--policy", "old.epol", "--key-file", "key")
    assert ran.status == 0
    assert "  3 decided, 3 of them alike\n" in ran.out
    assert "note" not in ran.out


def test_another_policy_is_told_by_kind() -> None:
    ran, data = replayed("new.epol", "--key-file", "key")
    assert ran.status == 1
    assert data["verified"] is True
    assert (data["decided"], data["alike"], data["not_decided"]) == (3, 2, 0)
    assert set(data["kinds"]) == {"newly-permitted", "routed-elsewhere"}
    (shown,) = data["kinds"]["newly-permitted"]["first"]
    assert shown["seq"] == 4
    assert shown["about"] == [{"target": "cloudy"}, {"place": "cloud"}]
    human = epolc("replay", "log", "--policy", "new.epol", "--key-file", "key")
    assert human.status == 1
    assert "  newly-permitted   1\n    log/000001.jsonl:4  " in human.out


def test_less_treated_by_a_detail() -> None:
    with DecisionLog("second", key=KEY.strip(), fsync="never") as log:
        Engine.compile("new.epol", log=log).decide(REQUESTS[1])
    write(Path(), {"third.epol": NEW.replace("last 4", "last 6").replace('"2"', '"3"')})
    ran = epolc("replay", "second", "--policy", "third.epol", "--format", "json")
    assert ran.status == 1
    assert set(ran.json()["kinds"]) == {"less-treated"}


def test_a_log_is_dearer_by_the_prices_of_both() -> None:
    priced = OLD.replace("64k tools true", "64k tools true price in $1 out $1 per 1k")
    write(Path(), {"one.epol": priced, "two.epol": priced.replace("in $1", "in $2")})
    with DecisionLog("second", key=KEY.strip(), fsync="never") as log:
        Engine.compile("one.epol", log=log).decide(
            Request({"task.complexity": 0.9, "request.tokens": 50})
        )
    data = epolc("replay", "second", "--policy", "two.epol", "--format", "json").json()
    assert set(data["kinds"]) == {"dearer"}


def test_without_a_key_the_log_is_not_verified() -> None:
    _, data = replayed("new.epol")
    assert data["verified"] is None
    human = epolc("replay", "log", "--policy", "new.epol")
    assert human.out.splitlines()[1].startswith("note: without a key the log is not verified")


def test_what_cannot_be_decided_again_is_counted_by_reason() -> None:
    more = OLD + "attr b.x : bool\nrule b { when b.x  block }\n"
    write(Path(), {"more.epol": more.replace('"1"', '"2"')})
    ran, data = replayed("more.epol", "--key-file", "key")
    assert ran.status == 1
    assert (data["decided"], data["not_decided"]) == (0, 3)
    assert data["reasons"]["the log cannot tell b.x, and it matters"]["records"] == 3
    human = epolc("replay", "log", "--policy", "more.epol", "--key-file", "key")
    assert "not decided again: 3\n  3: the log cannot tell b.x" in human.out
    ran, data = replayed("more.epol", "--key-file", "key", "--assume-defaults")
    assert data["decided"] == 3


def test_a_log_that_was_altered_is_told_and_its_record_left_out() -> None:
    path = Path("log/000001.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"status":"block"', b'"status":"route"'))
    ran, data = replayed("old.epol", "--key-file", "key")
    assert ran.status == 1
    assert (data["verified"], data["decided"], len(data["findings"])) == (False, 2, 1)
    assert "line-altered" in epolc("replay", "log", "--policy", "old.epol", "--key-file", "key").out


def test_a_policy_that_is_contrary_to_its_own_log() -> None:
    path = Path("log/000001.jsonl")
    data = path.read_bytes().replace(b'"order":["cloudy","ward"]', b'"order":["ward","cloudy"]')
    path.write_bytes(data.replace(b'"target":"cloudy"', b'"target":"ward"', 1))
    ran, found = replayed("old.epol")
    assert ran.status == 1
    assert found["contrary"]["records"] == 1
    assert "contrary to itself 1" in epolc("replay", "log", "--policy", "old.epol").out


def test_lines_that_nobody_can_read_are_counted() -> None:
    path = Path("log/000001.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"flow":"request"', b'"flow":7', 1))
    ran, data = replayed("old.epol")
    assert (ran.status, data["unreadable"], data["decided"]) == (1, 1, 2)
    assert "left out: 1" in epolc("replay", "log", "--policy", "old.epol").out


def test_what_cannot_be_replayed() -> None:
    assert epolc("replay", "nothing", "--policy", "old.epol").status == 2
    assert epolc("replay", "log", "--policy", "nothing.epol").status == 2
    write(Path(), {"broken.epol": HEAD + "rule r { when nobody deny }"})
    assert epolc("replay", "log", "--policy", "broken.epol").status == 1


def test_a_bundle_is_a_policy_too() -> None:
    assert epolc("build", "old.epol", "-o", "old.epolb").status == 0
    ran, data = replayed("old.epolb", "--key-file", "key")
    assert (ran.status, data["alike"]) == (0, 3)


# --- other lines ------------------------------------------------------------------------------


def test_lines_that_are_no_decisions_are_told() -> None:
    log = DecisionLog("second", key=KEY.strip(), fsync="never", on_failure="count")
    engine = Engine.compile("old.epol", log=log)
    engine.decide_batch({"request.tokens": [1, 70_000]})
    engine.decide(Request({}, [("user", "x" * 17_000_000)]))
    engine.decide(Request({}, labels={"phi.mrn": None}, flow="response", target="cloudy"))
    path = Path("second/000001.jsonl")
    path.rename("away")
    assert engine.decide(REQUESTS[0]).status == "route"
    Path("away").rename(path)
    log.close()
    with path.open("ab") as stream:
        stream.write(b'{"seq"')
    DecisionLog("second", key=KEY.strip(), fsync="never").close()
    verified = epolc("log", "verify", "second", "--key-file", "key")
    assert verified.status == 0
    assert "note: decisions that could not be logged: 1\n" in verified.out
    assert "second/000001.jsonl:8: note: a crash has torn a line: 6 bytes" in verified.out
    for kind, said in (
        ("batch", "batch  block=1 route=1 hold=0"),
        ("gap", "gap  decisions that are not in the log: 1"),
        ("seal", "seal  close"),
        ("policy", "policy  t 1"),
    ):
        assert said in epolc("log", "show", "second", "--where", f"kind={kind}").out
    failed, response = epolc("log", "show", "second").out.splitlines()
    assert "block  scan-limit  by scan-limit" in failed
    assert "response of cloudy" in response
    assert "phi.mrn=unknown" in response
    replayed_ = epolc("replay", "second", "--policy", "old.epol", "--key-file", "key")
    assert "1: it was blocked without a decision (scan-limit)" in replayed_.out


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("generalize phi", "generalize phi", None),
        ('redact phi with "[gone]"', 'redact phi with "[away]"', "treated-otherwise"),
        ("mask phi keep last 4", "mask phi", "treated-otherwise"),
        ("tokenize phi", "mask phi", "less-treated"),
        ("cap reasoning_effort low", "cap reasoning_effort high", "limits-raised"),
        ("cap temperature 0.5", "cap temperature 0.25", "limits-lowered"),
        ('tools only "a"', 'tools only "a", "b"', "limits-raised"),
        ("tools none", "tools none", None),
        ("hold", 'tag "x"', "no-longer-held"),
    ],
)
def test_what_a_log_has_of_an_effect_is_what_replay_compares(
    before: str, after: str, kind: str | None
) -> None:
    text = OLD.replace('deny  because "PHI stays"', "{}").replace(
        "label phi.mrn\n", "label phi.mrn generalize by year\n"
    )
    for name, effect in (("one", before), ("two", after)):
        write(Path(), {f"{name}.epol": text.replace("{}", effect)})
    with DecisionLog("second", key=KEY.strip(), fsync="never") as log:
        Engine.compile("one.epol", log=log).decide(REQUESTS[1])
    same = epolc("replay", "second", "--policy", "one.epol", "--format", "json")
    assert (same.status, same.json()["alike"]) == (0, 1)
    data = epolc("replay", "second", "--policy", "two.epol", "--format", "json").json()
    assert list(data["kinds"]) == ([] if kind is None else [kind])
