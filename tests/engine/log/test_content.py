"""What a record holds, and that nothing of a request is in it."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.engine import About, DecisionLog, Engine, EpolError, LogError, Request
from epol.engine.deciding.decider import Decider
from epol.engine.log.chain import Epoch
from epol.engine.log.keys import LogKeys
from epol.engine.log.writer import LogWriter
from tests.compiler.cli.running import epolc
from tests.engine.engines import GOOD, answering, bundle
from tests.engine.log.logs import CANARY, KEY, found, records, verify, write
from tests.engine.test_no_leak import has_canary, inside

DIGITS = "4929123456781234567"
MORE = """
attr a.e : enum { x, y }
attr a.s : set { x, y }
attr a.b : bool
attr a.n : number
attr a.m : money
attr a.z : size
rule globs { when caller.tenant like "acme-*"  tag "acme" }
rule masked { when target.at == premises  mask phi.mrn keep last 4 }
"""


def broken(*arguments: object, **named: object) -> object:
    return int(CANARY)


def logged(folder: Path, *requests: Request) -> list[dict[str, Any]]:
    """The records of some decisions under the policy of the tests and more."""
    write(folder, requests, policy=bundle(more=MORE))
    assert found(verify(folder)) == []
    return records(folder)


def one(folder: Path, request: Request) -> dict[str, Any]:
    (record,) = logged(folder, request)
    return record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


# --- what is there ----------------------------------------------------------------------


def test_a_record_says_what_was_decided(folder: Path) -> None:
    request = Request(
        {**GOOD, "caller.tenant": "trial", "caller.roles": ["admin"], "request.tokens": 95_000},
        [("user", "MRN 00482913, on-prem only"), ("user", "MRN 00482913"), ("tool", "")],
    )
    record = one(folder, request)
    engine = Engine.load(bundle(more=MORE))
    decision = engine.decide(request)
    assert record["status"] == decision.status == "hold"
    assert record["order"] == list(decision.order)
    assert record["reasons"] == [[r.rule, r.target] for r in decision.reasons]
    assert record["labels"] == {"phi.mrn": {"user": 2}}
    assert record["read"] == {"user": 2}
    assert record["facts"] == {
        "net.jitter": 4000, "net.online": True, "site.load": 100_000, "text.local_only": True,
        "caller.tenant": "trial", "caller.roles": ["admin"], "request.tokens": 95_000,
    }  # fmt: skip
    assert record["fired"] == ["big", "trial"]
    site = record["targets"]["site"]
    assert site == {
        "permitted": True,
        "fired": ["masked"],
        "treatments": {"phi.mrn": "mask"},
        "details": {"phi.mrn": {"keep_last": 4}},
        "caps": {"max_output_tokens": 100},
        "tags": ["trial"],
        "hold": True,
    }
    assert record["policy"] == {
        "name": "clinic", "version": "1.2.0", "digest": engine.policy.digest
    }  # fmt: skip
    assert 0 <= record["us"] < 60_000_000


def test_what_an_outcome_says_is_in_the_record(folder: Path) -> None:
    request = Request(GOOD, labels={"phi.mrn": None}, flow="response", target="azure")
    record = one(folder, request)
    assert (record["flow"], record["producer"]) == ("response", "azure")
    assert record["labels"] == {"phi.mrn": None}
    assert set(record["targets"]) == {"azure"}
    assert record["unknown"] == list(Engine.load(bundle(more=MORE)).decide(request).unknown)


def test_a_string_that_the_policy_names_is_as_it_is_and_others_are_digests(folder: Path) -> None:
    names = ("trial", "acme-7", "acme-7", "other")
    same, glob, again, other = (
        r["facts"]["caller.tenant"]
        for r in logged(folder, *(Request({"caller.tenant": name}) for name in names))
    )
    assert same == "trial"
    assert glob == again
    assert glob["digest"] != other["digest"]
    assert (glob["like"], other["like"]) == ({"acme-*": True}, {"acme-*": False})
    assert glob["digest"] == LogKeys(KEY).digests.of("attribute caller.tenant", b"acme-7")


def test_models_leave_what_they_said(folder: Path) -> None:
    with DecisionLog(folder, key=KEY, fsync="never") as log:
        for models in ({"hard": answering(0.9)}, {"hard": answering(CANARY)}, {}):
            Engine.load(bundle(), log=log, models=models).decide(Request(GOOD))
        Engine.load(bundle(), log=log).decide(Request({**GOOD, "net.jitter": "90ms"}))
    said, broken, none, skipped = records(folder)
    assert said["facts"]["m.hard"] == 900_000
    assert [row[0] for row in said["ran"]] == ["m.hard"]
    for each in (broken, none):
        assert "m.hard" not in each["facts"]
        assert "m.hard" in each["unknown"]
    assert skipped["skipped"] == ["m.hard"]
    assert skipped["ran"] == []


def test_a_body_a_session_and_a_caller_are_digests(folder: Path) -> None:
    about = About(body=CANARY.encode(), session=CANARY, caller=CANARY)
    with DecisionLog(folder, key=KEY, fsync="never") as log:
        engine = Engine.load(bundle(), log=log)
        engine.decide(Request(GOOD), about=about)
        engine.decide(Request(GOOD))
    record, without = records(folder)
    digests = [record[name] for name in ("body", "session", "caller")]
    assert len({*digests}) == 3
    assert all(len(each) == 32 for each in digests)
    assert not {"body", "session", "caller"} & without.keys()
    assert CANARY not in repr(about)


def test_failures_are_logged_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with DecisionLog(folder, key=KEY, fsync="never") as log:
        engine = Engine.load(bundle(), log=log)
        engine.decide(Request(GOOD, [("user", "x" * 17_000_000)]))
        monkeypatch.setattr(Decider, "features", broken)
        engine.decide(Request({**GOOD, "caller.tenant": CANARY}))
    assert [r["failure"] for r in records(folder)] == ["scan-limit", "internal-error"]
    assert [r["order"] for r in records(folder)] == [[], []]


def test_a_request_that_cannot_be_read_is_no_decision(folder: Path) -> None:
    with DecisionLog(folder, key=KEY, fsync="never") as log:
        engine = Engine.load(bundle(), log=log)
        with pytest.raises(EpolError):
            engine.decide(Request({"nobody": 1}))
    assert records(folder) == []


def test_a_batch_is_one_line(folder: Path) -> None:
    with DecisionLog(folder, key=KEY, fsync="never") as log:
        engine = Engine.load(bundle(), log=log)
        engine.decide_batch({"label:phi.mrn": [0, 9, 1], "caller.tenant": [CANARY] * 3})
    (line,) = records(folder, "batch")
    assert line["requests"] == 3
    assert line["statuses"] == {"block": 1, "route": 2, "hold": 0}
    assert sum(line["targets"].values()) == 2


def test_a_swap_is_seen_in_the_log(folder: Path) -> None:
    with DecisionLog(folder, key=KEY, fsync="never") as log:
        engine = Engine.load(bundle(), log=log)
        engine.decide(Request(GOOD))
        engine.swap(bundle(version="1.3.0"))
        engine.decide(Request(GOOD))
    assert [r["policy"]["version"] for r in records(folder)] == ["1.2.0", "1.3.0"]
    assert [r["declares"]["version"] for r in records(folder, "policy")] == ["1.2.0", "1.3.0"]


def test_what_a_policy_declares(folder: Path) -> None:
    logged(folder, Request(GOOD))
    (line,) = records(folder, "policy")
    declares = line["declares"]
    assert declares["targets"]["azure"]["at"] == "cloud"
    assert declares["inputs"]["caller.tenant"]["globs"] == ["acme-*"]
    assert declares["strings"] == ["trial"]
    assert declares["labels"]["phi"] is None
    assert len(declares["labels"]["phi.mrn"]) == 16


# --- what is not there ------------------------------------------------------------------


def places() -> list[Request]:
    """Requests with a canary wherever they can hold something."""
    named = ["a.e", "a.b", "a.n", "a.m", "a.z", "caller.tenant", "request.tokens", "nobody", CANARY]
    return [
        *(Request({name: CANARY}) for name in named),
        Request({"a.s": [CANARY]}),
        Request({"a.s": {CANARY: 1}}),
        Request({"a.n": f"0.{DIGITS}"}),
        Request({"a.n": float(f"0.{DIGITS}")}),
        Request({"a.m": f"$0.{DIGITS}"}),
        Request({"caller.tenant": CANARY}, [("user", CANARY), ("system", CANARY)]),
        Request({}, [("user", f"MRN 00482913 {CANARY}")], {CANARY: 1}),
        Request({}, [(CANARY, "x")]),
        Request({}, labels={"phi.mrn": {CANARY: 1}}),
        Request({}, labels={"phi.mrn": {"user": CANARY}}),  # type: ignore[dict-item]
        Request({}, flow=CANARY),
        Request({}, flow="response", target=CANARY),
    ]


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("is_broken", [True, False])
def test_no_content_comes_into_the_log(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    strict: bool,
    is_broken: bool,
) -> None:
    said: list[str] = []
    with caplog.at_level(logging.DEBUG), DecisionLog(folder, key=KEY, fsync="never") as log:
        engine = Engine.load(bundle(more=MORE), log=log, models={"hard": answering(CANARY)})
        engine.signals.publish({"site.load": CANARY, "net.jitter": CANARY, CANARY: CANARY})
        if is_broken:
            monkeypatch.setattr(Decider, "decide", broken)
        for request in places():
            about = About(CANARY.encode(), CANARY, CANARY)
            try:
                engine.decide(request, strict=strict, about=about)
            except EpolError as error:
                said.append(str(error))
    assert records(folder)
    data = b"".join(path.read_bytes() for path in folder.iterdir())
    shown = epolc("log", "show", folder), epolc("log", "show", folder, "--format", "json")
    everything = data.decode() + "".join(ran.out + ran.err for ran in shown) + caplog.text
    everything += "".join(said)
    for secret in (CANARY, CANARY.encode().hex(), "00482913", DIGITS, DIGITS[8:], KEY.decode()):
        assert secret not in everything


@given(st.text(min_size=1), st.text(min_size=1))
@settings(deadline=None, max_examples=50)
def test_any_string_comes_as_a_digest(
    tmp_path_factory: pytest.TempPathFactory, name: str, tenant: str
) -> None:
    folder = tmp_path_factory.mktemp("any") / "log"
    with DecisionLog(folder, key=KEY, fsync="never") as log:
        engine = Engine.load(bundle(), log=log)
        engine.decide(
            Request({"caller.tenant": tenant + CANARY, f"{name}{CANARY}": 1}), strict=False
        )
    (record,) = records(folder)
    assert set(record["facts"]["caller.tenant"]) == {"digest"}
    assert CANARY not in json.dumps(record, ensure_ascii=False)


# --- an engine whose log fails ------------------------------------------------------------


def test_a_decision_that_is_not_logged_is_block(folder: Path) -> None:
    log = DecisionLog(folder, key=KEY, fsync="never")
    engine = Engine.load(bundle(), log=log)
    assert engine.decide(Request(GOOD)).status == "route"
    log.close()
    decision = engine.decide(Request(GOOD))
    assert (decision.status, decision.failure) == ("block", "log-failure")
    assert decision.reasons[0].because == "the decision could not be logged"
    with pytest.raises(LogError, match="closed"):
        engine.decide_batch({"request.tokens": [1]})


def test_a_defect_of_logging_is_block_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with DecisionLog(folder, key=KEY, fsync="never", on_failure="count") as log:
        engine = Engine.load(bundle(), log=log)
        monkeypatch.setattr(DecisionLog, "_append", broken)
        assert engine.decide(Request(GOOD)).failure == "log-failure"


def test_a_seal_that_fails_takes_no_decision_with_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: LogWriter, why: str) -> None:
        raise OSError(errno.ENOSPC, CANARY)

    with DecisionLog(folder, key=KEY, fsync="never", seal_lines=2) as log:
        engine = Engine.load(bundle(), log=log)
        with monkeypatch.context() as patch:
            patch.setattr(LogWriter, "seal", full)
            assert engine.decide(Request(GOOD)).status == "route"
        assert engine.decide(Request(GOOD)).status == "route"
    report = verify(folder)
    assert found(report) == []
    assert report.kinds["seal"] == 2


def test_what_is_counted_goes_on(folder: Path) -> None:
    log = DecisionLog(folder, key=KEY, fsync="never", on_failure="count")
    engine = Engine.load(bundle(), log=log)
    log.close()
    assert engine.decide(Request(GOOD)).status == "route"
    engine.decide_batch({"request.tokens": [1, 2]})
    assert log.lost == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"on_failure": "go on"}, {"fsync": "sometimes"}, {"seal_lines": 0}, {"seal_seconds": 0},
        {"seal_seconds": float("nan")}, {"max_bytes": 100},
    ],
)  # fmt: skip
def test_settings_that_are_none(folder: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"is one of|sealed|bytes"):
        DecisionLog(folder, key=KEY, **wrong)


# --- what stays in memory ------------------------------------------------------------------


def test_an_engine_with_a_log_keeps_nothing_of_a_request(folder: Path) -> None:
    with DecisionLog(folder, key=KEY, fsync="never") as log:
        engine = Engine.load(bundle(more=MORE), log=log)
        for request in places()[:6]:
            with contextlib.suppress(EpolError):
                engine.decide(request, about=About(CANARY.encode(), CANARY, CANARY))
        assert not any(map(has_canary, inside(engine.__dict__)))
        assert not any(map(has_canary, inside(log.__dict__)))


def test_a_log_forgets_its_key_and_those_of_epochs_that_are_sealed(folder: Path) -> None:
    with DecisionLog(folder, key=bytes(KEY), fsync="never") as log:
        Engine.load(bundle(), log=log).decide(Request(GOOD))
        (begin,) = records(folder, "begin")
        first = LogKeys(KEY).chain(begin["chain"])
        assert any(each == first for each in inside(log.__dict__))
        log.seal()
        held = [each for each in inside(log.__dict__) if isinstance(each, bytes)]
        assert Epoch(0, first).next().key in held
        assert first not in held
        assert KEY not in held
