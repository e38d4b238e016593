"""Requests that a person must approve: told, approved, refused, used once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from epol.engine.bundle.manifest import Attribute
from epol.gateway.callers import Who
from epol.gateway.facts import FactReader
from epol.gateway.holds import Holds, State
from epol.gateway.settings import Caller, Hold, Settings, SettingsError
from epol.gateway.state import shared_state
from tests.gateway.running import MRN, bundle, chat, environment, gateway, in_loop
from tests.gateway.targets import echo, targets

OPERATOR = "key-of-the-operator"
ADMIN = {"authorization": f"Bearer {OPERATOR}"}
ASKED = {"max_tokens": 77}
"""The policy of these tests holds it on its way to the ward."""


@in_loop
async def test_a_held_request_goes_once_it_is_approved_and_sent_again() -> None:
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        body = chat(f"about {MRN}", **ASKED)
        told = await caller.post(body)
        assert told.status == 409
        error = told.json["error"]
        assert error["code"] == "held"
        assert error["reasons"] == [
            {"rule": "asked", "target": "ward", "because": "a person looks"}
        ]
        assert told.headers["x-should-retry"] == "false"
        held = told.headers["x-epol-hold"]
        assert error["hold"] == held
        assert not ward.got

        [waiting] = (await caller.get("/epol/holds", ADMIN)).json["holds"]
        assert waiting.pop("since") > 0
        assert waiting == {
            "id": held,
            "caller": "anybody",
            "target": "ward",
            "rules": ["asked"],
            "state": "waiting",
        }
        approved = await caller.post(b"", f"/epol/holds/{held}/approve", ADMIN)
        assert approved.json == {"id": held, "state": "approved"}

        assert (await caller.post(chat("something else", **ASKED))).status == 409
        assert (await caller.post(body)).text == f"about {MRN}"
        again = await caller.post(body)
        assert again.status == 409, "an approval counts once"


@in_loop
async def test_a_refused_request_stays_where_it_is() -> None:
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        held = (await caller.post(chat("x", **ASKED))).headers["x-epol-hold"]
        assert (await caller.post(b"", f"/epol/holds/{held}/refuse", ADMIN)).status == 200
        answered = await caller.post(chat("x", **ASKED))
        assert (answered.status, answered.json["error"]["code"]) == (403, "refused")
        assert not ward.got


@in_loop
async def test_a_request_may_wait_for_its_approval() -> None:
    settings = Settings(hold=Hold(wait=30))
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, settings, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        asking = asyncio.create_task(caller.post(chat("hello", **ASKED)))
        while not (holds := (await caller.get("/epol/holds", ADMIN)).json["holds"]):
            await asyncio.sleep(0.02)
        assert not ward.got
        await caller.post(b"", f"/epol/holds/{holds[0]['id']}/approve", ADMIN)
        assert (await asking).text == "hello"


@in_loop
async def test_only_the_operators_key_speaks_about_holds() -> None:
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        held = (await caller.post(chat("x", **ASKED))).headers["x-epol-hold"]
        for headers in ({}, {"authorization": "Bearer guessed"}, {"x-api-key": ""}):
            assert (await caller.get("/epol/holds", headers)).status == 401
            path = f"/epol/holds/{held}/approve"
            assert (await caller.post(b"", path, headers)).status == 401
        assert (await caller.post(b"", "/epol/holds/unknown/approve", ADMIN)).status == 404
        assert (await caller.post(b"", f"/epol/holds/{held}/forget", ADMIN)).status == 404
        assert (await caller.get(f"/epol/holds/{held}/approve", ADMIN)).status == 405
        assert (await caller.post(chat("x", **ASKED))).status == 409


def test_holds_are_known_to_every_process_and_forgotten_in_time(tmp_path: Path) -> None:
    now = [1000.0]
    path = tmp_path / "holds.sqlite3"
    one, other = (Holds(path, 60, clock=lambda: now[0]) for _ in range(2))
    name = one.name("a", "ward", ["r"], "sha256:0", b"body")
    assert name == other.name("a", "ward", ["r"], "sha256:0", b"body")
    assert name != one.name("b", "ward", ["r"], "sha256:0", b"body")
    assert name != one.name("a", "wardr", [], "sha256:0", b"body")
    assert name != one.name("a", "ward", ["r", "s"], "sha256:0", b"body"), "for another reason"
    assert one.ask(name, "a", "ward", ["r"]) == State.WAITING
    assert other.say(name, State.APPROVED)
    assert one.ask(name, "a", "ward", ["r"]) == State.APPROVED
    assert other.use(name)
    assert not one.use(name)
    assert one.ask(name, "a", "ward", ["r"]) == State.WAITING
    assert b"body" not in path.read_bytes()
    now[0] += 61
    assert not one.say(name, State.APPROVED)
    assert one.all() == []


CALLERS = Settings(
    callers={
        "ward": Caller("WARD_KEY", {"caller.tenant": "ward"}),
        "lab": Caller("LAB_KEY", {"caller.tenant": "lab"}),
    },
    headers={"x-step": "step.kind", "x-labs": "labs", "x-trial": "trial"},
)
MORE = """
attr labs : set { one, two }
attr trial : bool default false
attr request.model : string
rule tenant { when caller.tenant == "lab"  tag "lab"  deny  because "not the lab" }
rule steps { when step.kind == parse  deny  because "no parsing" }
rule both { when labs has one and labs has two  deny  because "two labs" }
rule tried { when trial  deny  because "a trial" }
rule named { when request.model == "forbidden"  deny  because "that model" }
"""
KEYS = {"WARD_KEY": "key-of-the-ward-1", "LAB_KEY": "key-of-the-lab-12"}


@in_loop
async def test_callers_are_known_by_their_keys() -> None:
    ward_key = {"authorization": "Bearer key-of-the-ward-1"}
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, CALLERS, MORE, **KEYS) as caller,
    ):
        assert (await caller.post(chat("x"))).status == 401
        assert (await caller.post(chat("x"), headers={"x-api-key": "wrong"})).status == 401
        assert (await caller.get("/v1/models")).status == 401
        assert not ward.got
        base = {**ward_key, "x-labs": "one", "x-step": "plan"}
        assert (await caller.post(chat("x"), headers=base)).status == 200
        lab = await caller.post(
            chat("x"), headers={**base, "authorization": "Bearer key-of-the-lab-12"}
        )
        assert lab.json["error"]["reasons"][0]["because"] == "not the lab"
        for more, because in (
            ({"x-step": "parse"}, "no parsing"),
            ({"x-labs": "one, two"}, "two labs"),
            ({"x-trial": "true"}, "a trial"),
        ):
            answered = await caller.post(chat("x"), headers={**base, **more})
            assert answered.json["error"]["reasons"][0]["because"] == because
        for bad in ({"x-trial": "perhaps"}, {"x-step": "none of these"}, {"x-labs": "three"}):
            assert (await caller.post(chat("x"), headers={**base, **bad})).status == 400
        named = await caller.post({**chat("x"), "model": "forbidden"}, headers=base)
        assert named.json["error"]["reasons"][0]["because"] == "that model"
        assert all(
            "authorization" not in g.headers
            or g.headers["authorization"] != ward_key["authorization"]
            for g in ward.got
        )


@in_loop
async def test_a_session_has_its_tokens_and_no_other_callers() -> None:
    hard = {"max_tokens": 2000}
    keys = [{"authorization": f"Bearer {key}"} for key in KEYS.values()]
    settings = Settings(callers=CALLERS.callers)
    async with (
        targets(echo, echo) as (ward, azure),
        gateway(ward.url, azure.url, settings, **KEYS) as caller,
    ):
        for key in (*keys, keys[0]):
            sent = {**key, "x-epol-session": "one"}
            assert (await caller.post(chat(MRN, **hard), headers=sent)).text == MRN
        said = [got.json["messages"][0]["content"] for got in azure.got]
        assert said[0] == said[2] != said[1]
        answered = await caller.post(
            chat(said[0], **hard), headers={**keys[1], "x-epol-session": "one"}
        )
        assert answered.text == said[0], "a token of another's session tells nothing"
        bad = {**keys[0], "x-epol-session": "a b"}
        assert (await caller.post(chat("x"), headers=bad)).status == 400


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({}, "`WARD_KEY` is to have their key"),
        ({"WARD_KEY": "short", "LAB_KEY": "key-of-the-lab-12"}, "16 characters"),
        ({"WARD_KEY": "key-of-the-lab-12", "LAB_KEY": "key-of-the-lab-12"}, "the same key"),
    ],
)
def test_callers_without_proper_keys_are_refused(keys: dict[str, str], says: str) -> None:
    url = "http://127.0.0.1:9"
    with pytest.raises(SettingsError, match=says):
        shared_state(bundle(MORE), CALLERS, {**environment(url, url), **keys})


def test_no_header_says_otherwise_than_the_configuration() -> None:
    purpose = Attribute("caller.purpose", "attribute", "string")
    reader = FactReader({"x-purpose": purpose})
    headers = {"x-purpose": "research"}
    known = Who("alice", {"caller.purpose": "care"})
    assert reader.read(known, headers, None) == {"caller.purpose": "care"}
    assert reader.read(Who("bob", {}), headers, None) == {"caller.purpose": "research"}
