"""Deciding a log's records again: exactly, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.engine import DecisionLog, Engine, Request
from epol.engine.bundle.log_report import Replayed
from epol.engine.log.folder import file_of
from epol.engine.log.record import decision_fields
from epol.engine.log.service import LogService
from tests.engine.engines import GOOD, answering, bundle
from tests.engine.log.logs import CANARY, KEY, REQUESTS, records, write

OLD = """
attr a.e : enum { x, y, z } default x
attr a.n : number in 0 .. 100
attr a.where : string default "here"
rule globs { when caller.tenant like "acme-*" and target.at == cloud  deny }
rule masked { when target.at == premises  mask phi.mrn keep last 4 }
rule some { when a.e == y and a.n > 2  block }
rule answers { on response when found phi  redact phi.mrn with "[gone]" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_bytes(KEY)
    path.chmod(0o600)
    return path


def again(
    folder: Path, new: bytes, key_file: Path | None, monkeypatch: pytest.MonkeyPatch, **said: bool
) -> list[Replayed]:
    monkeypatch.delenv("EPOL_LOG_KEY", raising=False)
    monkeypatch.delenv("EPOL_LOG_KEY_FILE", raising=False)
    service = LogService([key_file] if key_file else [])
    options = dict.fromkeys(("same_findings", "assume_defaults", "is_partial", "is_open"), False)
    replay = service.replay([folder], new, **{**options, **said})
    found = list(replay.records())
    assert replay.unreadable == 0
    assert (replay.report is None) == (key_file is None)
    assert replay.report is None or replay.report.count == 0
    return found


def why(found: list[Replayed]) -> list[tuple[str, ...]]:
    return [each.why for each in found]


# --- the same policy ----------------------------------------------------------------------

TENANTS = st.sampled_from(["trial", "acme-1", CANARY, "", "acme-"])
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "request.tokens": st.integers(0, 100_000),
        "caller.tenant": TENANTS,
        "caller.roles": st.lists(st.sampled_from(["clinician", "admin"])),
        "net.jitter": st.integers(0, 60_000).map(lambda ms: f"{ms}ms"),
        "net.online": st.booleans(),
        "site.load": st.floats(0, 1),
        "m.hard": st.floats(0, 1),
        "a.e": st.sampled_from("xyz"),
        "a.n": st.integers(0, 100),
        "a.where": TENANTS,
    },
)
TEXTS = st.lists(
    st.tuples(
        st.sampled_from(["user", "system", "tool"]),
        st.sampled_from(["MRN 00482913", "on-prem only", "", "MRN 00482913 MRN 11111111 " * 4]),
    ),
    max_size=3,
)
COUNTS = (
    st.none()
    | st.integers(0, 9)
    | st.dictionaries(st.sampled_from(["user", "tool"]), st.integers(0, 5))
)


@st.composite
def any_request(draw: st.DrawFn) -> Request:
    target = draw(st.sampled_from([None, None, "site", "azure"]))
    labels = draw(st.dictionaries(st.just("phi.mrn"), COUNTS))
    flow = "request" if target is None else "response"
    return Request(draw(ATTRIBUTES), draw(TEXTS), labels, flow, target)


ANY = any_request()


@given(st.lists(ANY, min_size=1, max_size=8), st.sampled_from([None, 0.9, "broken"]), st.booleans())
@settings(deadline=None, max_examples=60)
def test_the_same_policy_decides_the_same(
    tmp_path_factory: pytest.TempPathFactory, requests: list[Request], said: object, keyed: bool
) -> None:
    folder = tmp_path_factory.mktemp("same") / "log"
    models = {} if said is None else {"hard": answering(said)}
    with DecisionLog(folder, key=KEY, fsync="never") as log:
        engine = Engine.load(bundle(more=OLD), log=log, models=models)
        for request in requests:
            engine.decide(request)
    key_file = folder.parent / "key"
    key_file.write_bytes(KEY)
    key_file.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        found = again(folder, bundle(more=OLD), key_file if keyed else None, patch)
    assert len(found) == len(requests)
    for each in found:
        assert (each.why, each.differing) == ((), ())
        assert each.decision is not None


@given(st.lists(ANY, min_size=1, max_size=8))
@settings(deadline=None, max_examples=60)
def test_another_policy_decides_as_it_would_have(
    tmp_path_factory: pytest.TempPathFactory, requests: list[Request]
) -> None:
    """What is decided again is what the engine decides of the very requests."""
    new = OLD.replace("found phi", "count phi > 2").replace(
        "a.n > 2", 'a.n > 1 or a.where == "trial"'
    )
    named = 'caller.tenant in { "trial", "Quetzalcoatl" }'
    new += f"rule more {{ when {named} and request.tokens > 9  deny }}"
    folder = tmp_path_factory.mktemp("other") / "log"
    write(folder, requests, policy=bundle(more=OLD))
    key_file = folder.parent / "key"
    key_file.write_bytes(KEY)
    key_file.chmod(0o600)
    after = bundle(version="1.3.0", more=new)
    engine = Engine.load(after)
    with pytest.MonkeyPatch.context() as patch:
        found = again(folder, after, key_file, patch)
    for request, each in zip(requests, found, strict=True):
        if not each.why:
            expected = json.loads(json.dumps(decision_fields(engine.decide(request))))
            got = dict(each.decision or {})
            # What the engine asks a model of in vain is told apart from what nobody asks.
            for said in (expected, got):
                del said["unknown"], said["skipped"]
            assert got == expected
    exact = [each for each in found if not each.why]
    assert len(exact) == len(found) or any(
        "m.hard" in reason for each in found for reason in each.why
    )


# --- what a log cannot tell -----------------------------------------------------------------


def test_strings_without_the_key(
    folder: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, [Request({**GOOD, "caller.tenant": name}) for name in (CANARY, "trial")])
    new = bundle(version="2", more=f'rule t {{ when caller.tenant == "{CANARY}"  block }}')
    known, named = again(folder, new, key_file, monkeypatch)
    assert known.decision is not None
    assert known.decision["status"] == "block"
    assert named.decision is not None
    unknown, named = again(folder, new, None, monkeypatch)
    assert unknown.why == ("the log cannot tell caller.tenant, and it matters",)
    assert named.why == ()


def test_globs_that_were_not_asked(
    folder: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [
        Request({"caller.tenant": "acme-1"}),
        Request({"caller.tenant": "trial"}),
        Request(),
    ]
    write(folder, requests, policy=bundle(more=OLD))
    same = bundle(version="2", more=OLD.replace("deny }", "hold }", 1))
    assert why(again(folder, same, key_file, monkeypatch)) == [(), (), ()]
    other = bundle(version="2", more=OLD.replace("acme-*", "acme-?"))
    reason = ("the log cannot tell caller.tenant, and it matters",)
    assert why(again(folder, other, key_file, monkeypatch)) == [reason, (), ()]


def test_a_string_with_a_default(
    folder: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, [Request({"a.where": "there"}), Request()], policy=bundle(more=OLD))
    new = bundle(version="2", more=OLD + 'rule w { when a.where like "th*"  hold }')
    told, default = again(folder, new, key_file, monkeypatch)
    assert told.why == ("a.where is a digest, and NEW compares it otherwise",)
    assert default.why == ()


def test_what_only_the_new_policy_declares(
    folder: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, [Request({"request.tokens": 9}), Request()])
    unread = bundle(version="2", more="attr b.x : bool\nattr b.y : bool default true")
    assert why(again(folder, unread, key_file, monkeypatch)) == [(), ()]
    more = "attr b.x : bool\nrule b { when b.x and request.tokens > 5  block }"
    open_ = bundle(version="2", more=more)
    matters = ("the log cannot tell b.x, and it matters",)
    assert why(again(folder, open_, key_file, monkeypatch)) == [matters, ()]
    sure = bundle(version="2", more=more.replace("b.x : bool", "b.x : bool default false"))
    lacks = ("NEW declares b.x, and the log lacks it",)
    assert why(again(folder, sure, key_file, monkeypatch)) == [lacks, lacks]
    assumed = again(folder, sure, key_file, monkeypatch, assume_defaults=True)
    assert [each.decision and each.decision["status"] for each in assumed] == ["route", "route"]


def test_a_type_of_another_kind_is_another_fact(
    folder: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, [Request({"a.n": 3})], policy=bundle(more=OLD))
    new = bundle(
        version="2", more=OLD.replace("a.n : number", "a.n : int").replace("a.e == y and ", "")
    )
    assert why(again(folder, new, key_file, monkeypatch)) == [
        ("the log cannot tell a.n, and it matters",)
    ]


def test_a_value_that_the_new_policy_does_not_take(
    folder: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, [Request({"a.n": 50}), Request({"a.e": "z"}), Request()], policy=bundle(more=OLD))
    new = bundle(version="2", more=OLD.replace("0 .. 100", "0 .. 9").replace("x, y, z", "x, y"))
    range_, member, fine = why(again(folder, new, key_file, monkeypatch))
    assert "outside the range" in range_[0]
    assert "one of x, y" in member[0]
    assert fine == ()


def test_detectors_that_read_otherwise(
    folder: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, [Request(GOOD, [("user", "hello")]), Request(GOOD, labels={"phi.mrn": 1})])
    more = "detector other -> phi.mrn { match /PAT[0-9]{8}/ }"
    new = bundle(version="2", more=more)
    reason = ("the log cannot tell phi.mrn, and it matters",)
    assert why(again(folder, new, key_file, monkeypatch)) == [reason, ()]
    assert why(again(folder, new, key_file, monkeypatch, same_findings=True)) == [(), ()]


def test_text_signals_that_read_otherwise(
    folder: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, [Request(GOOD, [("user", "on-prem only")]), Request(GOOD)])
    more = "signal text.more : int from count /hello/\nrule greet { when text.more > 0  hold }"
    new = bundle(version="2", more=more)
    reason = ("text.more reads something else of the text than it did then",)
    assert why(again(folder, new, key_file, monkeypatch)) == [reason, ()]


def test_models_that_nobody_asked(
    folder: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, [Request({**GOOD, "net.jitter": "90ms"}), Request(GOOD)])
    assert [r["skipped"] for r in records(folder)] == [["m.hard"], []]
    same = bundle(version="2", more="rule x { when request.tokens > 5  hold }")
    assert why(again(folder, same, key_file, monkeypatch)) == [(), ()]
    asks = bundle(version="2", more="rule x { when m.hard > 0.5 and target.at == local  avoid 9 }")
    late, in_vain = why(again(folder, asks, key_file, monkeypatch))
    assert late == ("the model of m.hard was not asked then, and NEW asks it",)
    assert in_vain == ()


def test_what_was_blocked_without_a_decision(
    folder: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, [Request(GOOD, [("user", "x" * 17_000_000)])])
    assert why(again(folder, bundle(), key_file, monkeypatch)) == [
        ("it was blocked without a decision (scan-limit)",)
    ]


def test_a_log_without_what_its_policy_declares(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file_of(write(folder), 1)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *lines[2:]]))
    assert set(why(again(folder, bundle(), None, monkeypatch))) == {
        ("the log does not have what its policy declares",)
    }


def test_a_decision_that_is_not_what_the_policy_decides(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file_of(write(folder, REQUESTS[:1]), 1)
    path.write_bytes(
        path.read_bytes().replace(b'"order":["ward","site"', b'"order":["site","ward"')
    )
    (found,) = again(folder, bundle(), None, monkeypatch)
    assert found.differing == ("order",)


# --- a log that nobody has verified -----------------------------------------------------------

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_records_of_another_hand_are_read_or_counted(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("junk") / "log"
    path = file_of(write(folder), 1)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    line: dict[str, Any] = data.draw(st.sampled_from(lines[1:]))
    inside = line.get("declares", line)
    inside[data.draw(st.sampled_from(sorted(inside)))] = data.draw(JUNK)
    path.write_text("".join(json.dumps(each, separators=(",", ":")) + "\n" for each in lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("EPOL_LOG_KEY", raising=False)
        replay = LogService().replay(
            [folder], bundle(), same_findings=False, assume_defaults=False,
            is_partial=False, is_open=False,
        )  # fmt: skip
        found = list(replay.records())
    assert len(found) + replay.unreadable <= 5
