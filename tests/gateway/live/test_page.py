"""The live page over HTTP: what it tells, to whom, and that nothing of what was said is in it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from epol.gateway.live.files import HEADERS, assets
from epol.gateway.live.page import ROOT
from epol.gateway.settings import Settings
from tests.gateway.answered import Answered
from tests.gateway.live.clinic import BULK, MANY, OPERATOR, PROMPTS, opened
from tests.gateway.running import MRN, Caller, chat, gateway, in_loop
from tests.gateway.targets import echo, fails, targets
from tests.gateway.test_metrics import scrape

ADMIN = {"authorization": f"Bearer {OPERATOR}"}
HARD = {"max_tokens": 2000}
Json = Any


async def told(caller: Caller, path: str = "now") -> Json:
    """What the page is told."""
    answered = await caller.get(f"{ROOT}{path}", ADMIN)
    assert answered.status == 200
    return answered.json


async def what_if(caller: Caller, text: str = "", **given: object) -> Answered:
    """Ask what would be."""
    return await caller.post({"text": text, "given": given}, f"{ROOT}what-if", ADMIN)


def counts(now: Json, family: str) -> dict[tuple[str, ...], float]:
    """The series of a family by their labels."""
    return {tuple(each[:-1]): each[-1] for each in now["counts"][f"epol_{family}"]}


async def log_in(caller: Caller, key: str = OPERATOR) -> Answered:
    """As the form does."""
    data, sent = f"key={key}".encode(), {"origin": caller.url}
    async with caller.session.post(
        f"{caller.url}{ROOT}login", data=data, headers=sent, allow_redirects=False
    ) as got:
        return Answered(got.status, got.headers, await got.read())


async def look(caller: Caller, path: str, headers: Mapping[str, str]) -> int:
    """The status of a path, without being sent elsewhere."""
    url = f"{caller.url}{ROOT}{path}"
    async with caller.session.get(url, headers=headers, allow_redirects=False) as got:
        return got.status


@in_loop
async def test_a_session_begins_with_the_key_and_ends_when_it_is_said() -> None:
    async with opened() as clinic:
        caller = clinic.caller
        caller.session.cookie_jar.clear()
        assert await look(caller, "", {}) == 303
        refused = await log_in(caller, "key-of-nobody-at-all")
        assert refused.status == 401
        assert b'role="alert">' in refused.body, "it says so where it can be tried again"
        assert "set-cookie" not in refused.headers
        begun = await log_in(caller)
        assert (begun.status, begun.headers["location"]) == (303, ROOT)
        cookie = begun.headers["set-cookie"]
        assert re.fullmatch(
            r"epol_session=[\w-]{43}; Path=/_epol; Max-Age=43200; HttpOnly; SameSite=Strict", cookie
        )
        held = {"cookie": cookie.split(";")[0]}
        caller.session.cookie_jar.clear()
        for path in ("", "about", "now"):
            assert await look(caller, path, held) == 200
        ended = await caller.post(b"", f"{ROOT}logout", {**held, "origin": caller.url})
        assert ended.status == 200, "it leads to the form"
        assert await look(caller, "now", held) == 401


@in_loop
async def test_it_tells_what_happened_with_names_and_numbers() -> None:
    async with opened() as clinic:
        for text in (*PROMPTS, MANY, BULK):
            await clinic.ask(text)
        clinic.azure.behaviour = fails(500)
        assert await clinic.ask(PROMPTS[5], "LAB_KEY") == 200
        await clinic.tick()
        now = await told(clinic.caller)
        assert now["traffic"] == {"ward": 3, "azure": 3, "site": 1, ":held": 1, ":blocked": 1} or (
            now["traffic"] == {"ward": 4, "azure": 3, ":held": 1, ":blocked": 1}
        )
        assert len(now["rows"]) == 9
        by_decision = [row["decided"] for row in now["rows"]]
        assert (by_decision.count("block"), by_decision.count("hold")) == (1, 1)
        last = now["rows"][-1]
        assert (last["caller"], last["status"]) == ("laboratory", 200)
        assert last["attempts"][0] == "azure=500"
        assert last["target"] != "azure"
        assert counts(now, "fallbacks_total") == {(last["target"],): 1}
        sent = [row for row in now["rows"] if row["target"] == "azure" and row["treated"]]
        mrn = {"label": "phi.mrn", "treatment": "tokenize", "count": 1}
        assert all(mrn in row["treated"] for row in sent)
        assert counts(now, "treated_values_total")["phi.mrn", "tokenize"] == len(sent)
        blocked = next(row for row in now["rows"] if row["decided"] == "block")
        assert {"rule": "bulk_export", "target": "azure"} in blocked["reasons"]
        assert (blocked["target"], blocked["problem"]) == ("", "blocked")


@in_loop
async def test_money_is_the_tokens_of_the_answer_at_two_prices() -> None:
    async with opened() as clinic:
        assert await clinic.ask("hello") == 200
        assert await clinic.ask(PROMPTS[5]) == 200
        await clinic.tick()
        now = await told(clinic.caller)
        near, cloud = now["rows"]
        read, written = 40 + 9 * 5, 6 * 5
        at_azure = -(-(read * 1_250_000 + written * 10_000_000) // 1_000_000)
        assert (near["target"], near["taken"], near["all_cloud"]) == ("ward", 0, at_azure)
        assert cloud["target"] == "azure"
        assert cloud["taken"] == cloud["all_cloud"] > 0
        dollars = counts(now, "compared_dollars_total")
        assert dollars[("taken",)] == pytest.approx(cloud["taken"] / 10**6)
        assert dollars[("all-cloud",)] == pytest.approx((at_azure + cloud["taken"]) / 10**6)
        assert counts(now, "compared_requests_total") == {("compared",): 2}


@in_loop
async def test_the_page_goes_on_from_where_it_was() -> None:
    async with opened() as clinic:
        await clinic.ask("one")
        await clinic.tick()
        first = await told(clinic.caller)
        await clinic.ask("two")
        await clinic.tick()
        second = await told(clinic.caller, f"now?rows={first['last']}&samples=0")
        assert [len(each["rows"]) for each in (first, second)] == [1, 1]
        assert first["rows"][0]["id"] != second["rows"][0]["id"]
        for nonsense in ("rows=-1", "rows=%00", "rows=1e9", "samples=" + "9" * 400, "x"):
            assert (await told(clinic.caller, f"now?{nonsense}"))["last"] == second["last"]


PLANTED = "Zoltan Quixano 00482913 zq@example.org"


@in_loop
async def test_nothing_that_was_said_is_shown() -> None:
    async with (
        targets(echo, fails(400, json.dumps({"error": PLANTED}).encode())) as (ward, azure),
        gateway(ward.url, azure.url, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        body = {**chat(PLANTED), "model": PLANTED, "user": PLANTED, PLANTED: PLANTED}
        for more in ({}, HARD, {"stream": True}):
            await caller.post({**body, **more}, headers={"x-epol-session": "zoltan"})
        await caller.post(PLANTED.encode())
        ticker = caller.gateway.ticker
        assert ticker is not None
        await ticker.tick(samples=True)
        assert len((await told(caller))["rows"]) == 4
        for path in ("now", "about"):
            answered = await caller.get(f"{ROOT}{path}", ADMIN)
            for word in ("Zoltan", "zoltan", "Quixano", "00482913", "zq@"):
                assert word not in answered.body.decode()
        folder = caller.shared.folder
        assert not [f for f in folder.glob("live*") if b"Quixano" in f.read_bytes()]


@in_loop
async def test_what_if_says_the_decision_why_and_what_would_go_out() -> None:
    async with opened() as clinic:
        caller, text = clinic.caller, "Compare MRN 00482913 with MRN 00482914."
        calm = {"net.jitter": 4_000, "net.online": True}
        answered = (await what_if(caller, text, **calm)).json
        decision = answered["decision"]
        assert (decision["status"], decision["target"]) == ("route", "azure")
        assert decision["targets"]["azure"]["treatments"] == {"phi.mrn": "tokenize"}
        assert [label for _, label in answered["found"]].count("phi.mrn") == 2
        assert "".join(piece for piece, _ in answered["found"]) == text
        out = {each["target"]: each["text"] for each in answered["previews"]}
        tokens = [piece for piece, label in out["azure"] if label]
        assert len(tokens) == 2
        assert all(re.fullmatch(r"\[phi\.mrn:[a-z]{16}\]", token) for token in tokens)
        assert "".join(piece for piece, _ in out["ward"]) == text
        assert not any(label for _, label in out["ward"]), "nothing is written there"
        assert answered["sweeps"]["net.jitter"][1][1:] == ["ward", 80_001], "the exact turn"
        assert answered["stated"]["request.tokens"] > 5
        rough = (await what_if(caller, text, **{**calm, "net.jitter": 200_000})).json
        assert rough["decision"]["target"] == "ward"
        unread = (await what_if(caller, text, **{"net.jitter": None, "net.online": True})).json
        assert unread["decision"]["target"] == "ward", "the stale value is pessimistic"


@in_loop
async def test_what_if_shows_what_is_held_and_blocked() -> None:
    async with opened() as clinic:
        calm = {"net.jitter": 4_000, "net.online": True}
        held = (await what_if(clinic.caller, MANY, **calm)).json
        assert held["decision"]["status"] == "hold"
        assert held["sweeps"]["net.jitter"][0][1] == "?azure"
        assert held["previews"][0]["target"] == "azure"
        assert "00482910" not in json.dumps(held["previews"][0])
        blocked = (await what_if(clinic.caller, BULK)).json
        assert blocked["previews"] == []
        assert blocked["decision"]["reasons"][0]["because"] == "bulk export of records"


@in_loop
async def test_what_if_refuses_what_it_cannot_read_and_repeats_nothing() -> None:
    async with opened() as clinic:
        caller = clinic.caller
        for body, status in (
            (b"{", 400),
            (b"[1]", 400),
            ({"text": 3}, 400),
            ({"text": "x", "more": PLANTED}, 400),
            ({"text": "x", "given": {PLANTED: 1}}, 400),
            ({"text": "x", "given": {"net.jitter": PLANTED}}, 400),
            ({"text": "x", "given": {"net.jitter": -1}}, 400),
            ({"text": "x", "given": {"step.kind": PLANTED}}, 400),
            ({"text": "x" * 32_769}, 413),
            ({"text": "x" * 300_000}, 413),
        ):
            answered = await caller.post(body, f"{ROOT}what-if", ADMIN)
            assert answered.status == status, body
            assert b"Quixano" not in answered.body
        longest = await what_if(caller, "MRN 00482913 " * 2_500)
        assert longest.status == 200


@in_loop
async def test_what_if_leaves_nothing_behind(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In no log, decision log, count, row or vault, and no target gets anything."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("EPOL_LOG_KEY", "0123456789abcdef" * 4)
    settings = Settings(log=str(tmp_path / "log"), state=str(tmp_path / "state"))
    keys = {"EPOL_ADMIN_KEY": OPERATOR, "EPOL_VAULT_KEY": "0123456789abcdef" * 4}
    async with (
        targets(echo, echo) as (ward, azure),
        gateway(ward.url, azure.url, settings, **keys) as caller,
    ):
        real = await caller.post(chat("x"))
        assert real.headers["x-epol-target"] == "azure"
        before = await scrape(caller)
        kept = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        caplog.clear()
        answered = await what_if(caller, f"{PLANTED} {MRN}", **{"request.max_output_tokens": 900})
        assert answered.json["decision"]["target"] == "azure"
        bad = {"text": PLANTED, "given": {"net.jitter": PLANTED}}
        assert (await caller.post(bad, f"{ROOT}what-if", ADMIN)).status == 400
        assert "Quixano" not in caplog.text
        assert _lasting(await scrape(caller)) == _lasting(before)
        ticker = caller.gateway.ticker
        assert ticker is not None
        await ticker.tick(samples=True)
        shown = [row["id"] for row in (await told(caller))["rows"]]
        assert shown == [real.headers["x-epol-decision"]]
        assert [len(each.got) for each in (ward, azure)] == [0, 1]
    for path, was in kept.items():
        now = path.read_bytes() if path.exists() else b""
        assert b"Quixano" not in now
        assert "log" not in path.parts or now.count(b"\n") <= was.count(b"\n") + 1


def _lasting(text: bytes) -> list[str]:
    """What is counted of requests for models, and of decisions."""
    return [
        line
        for line in text.decode().splitlines()
        if line.startswith("epol_") and 'api=""' not in line and "problems" not in line
    ]


@in_loop
async def test_every_answer_says_what_a_browser_may_do() -> None:
    async with opened() as clinic:
        caller = clinic.caller
        for path in ("login", "main.js", "page.css", "icon.svg", "now", "about", ""):
            answered = await caller.get(f"{ROOT}{path}", ADMIN)
            assert answered.status == 200
            for name, value in HEADERS.items():
                assert answered.headers[name] == value
        for path in ("page.html", "login.html", "../app.py", "nowhere"):
            assert (await caller.get(f"{ROOT}{path}", ADMIN)).status in (404, 501)
        assert (await caller.post(b"", f"{ROOT}nowhere", ADMIN)).status == 404
        async with caller.session.put(f"{caller.url}{ROOT}now", headers=ADMIN) as got:
            assert (got.status, got.headers["allow"]) == (405, "GET, POST")


def test_the_files_ask_for_nothing_from_elsewhere_and_make_no_markup_of_text() -> None:
    for name, (_, data) in assets().items():
        text = data.decode()
        assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text)
        assert not re.search(r"<script>|<style|\son\w+=|style=", text), name
        assert not re.search(r"localStorage|sessionStorage|indexedDB", text), name


@in_loop
async def test_asking_again_and_again_is_not_traffic() -> None:
    async with opened() as clinic:
        before = await scrape(clinic.caller)
        for _ in range(5):
            await told(clinic.caller)
        assert 'api=""' not in before.decode()
        after = await scrape(clinic.caller)
        assert after.decode().count('api="",status="200"') == 1, "only what scrapes"
        assert (await clinic.caller.get(f"{ROOT}now")).status == 401
        assert 'api="",status="401"' in (await scrape(clinic.caller)).decode()


@in_loop
async def test_without_an_operator_there_is_no_page() -> None:
    async with targets(echo) as [ward], gateway(ward.url, ward.url) as caller:
        for path in (ROOT, f"{ROOT}login", f"{ROOT}main.js"):
            assert (await caller.get(path)).status == 501


@in_loop
async def test_a_page_that_cannot_be_told_stops_no_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened() as clinic:
        path = clinic.shared.folder / "live.sqlite3"
        for each in path.parent.glob("live*"):
            each.unlink()
        path.mkdir()
        for _ in range(2):
            assert await clinic.ask("hello") == 200
            await clinic.tick()
        assert caplog.text.count("the live page cannot be told") == 1
        answered = await clinic.caller.get(f"{ROOT}now", ADMIN)
        assert (answered.status, answered.json["error"]["code"]) == (500, "internal-error")
        path.rmdir()
