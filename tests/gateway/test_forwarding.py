"""One request through a real gateway to real sockets: which target gets what."""

from __future__ import annotations

import asyncio
import json

import pytest

from epol.gateway.settings import Settings, Times
from tests.gateway.running import MRN, chat, gateway, in_loop, run
from tests.gateway.targets import (
    Behaviour,
    Got,
    Writer,
    breaks_off,
    chat_answer,
    echo,
    fails,
    hangs,
    targets,
    write,
)

HARD = {"max_tokens": 2000}
"""Sends a request to the cloud first."""
SHORT = Settings(times=Times(attempt=0.3, deadline=5, connect=1))


@in_loop
async def test_the_chosen_target_answers_and_gets_its_own_model_and_key() -> None:
    async with targets(echo, echo) as (ward, azure), gateway(ward.url, azure.url) as caller:
        answered = await caller.post(chat("hello", **HARD))
        assert (answered.status, answered.text) == (200, "hello")
        assert answered.headers["x-epol-target"] == "azure"
        assert answered.headers["x-epol-status"] == "route"
        assert answered.headers["x-epol-policy"].startswith("gate@1.0.0 sha256:")
        assert answered.headers["x-epol-attempts"] == "azure=200"
        [got] = azure.got
        assert not ward.got
        assert got.path == "/v1/chat/completions"
        assert got.json["model"] == "large"
        assert got.json["max_tokens"] == 500
        assert got.headers["authorization"] == "Bearer key-of-azure"


@in_loop
async def test_what_is_treated_comes_back_as_it_was() -> None:
    async with targets(echo, echo) as (ward, azure), gateway(ward.url, azure.url) as caller:
        answered = await caller.post(chat(f"about {MRN}", **HARD))
        assert answered.text == f"about {MRN}"
        assert MRN.encode() not in azure.got[0].body
        assert "[phi.mrn:" in azure.got[0].json["messages"][0]["content"]


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (fails(500), "500"),
        (fails(429), "429"),
        (fails(401), "401"),
        (fails(404), "404"),
        (fails(302, b"", "location: http://127.0.0.1:1/"), "302"),
        (fails(200, b"no JSON"), "unreadable"),
        (fails(200, b'{"a":1,"a":2}'), "unreadable"),
        (breaks_off, "broken-off"),
        (hangs, "timeout"),
    ],
)
def test_the_next_target_gets_its_own_body(behaviour: Behaviour, kind: str) -> None:
    async def test() -> None:
        async with (
            targets(echo, behaviour) as (ward, azure),
            gateway(ward.url, azure.url, SHORT) as caller,
        ):
            answered = await caller.post(chat(f"about {MRN}", **HARD))
            assert answered.text == f"about {MRN}"
            assert answered.headers["x-epol-target"] == "ward"
            assert answered.headers["x-epol-attempts"] == f"azure={kind} ward=200"
            assert MRN.encode() not in azure.got[0].body
            assert ward.got[0].json["messages"][0]["content"] == f"about {MRN}"
            assert ward.got[0].json["model"] == "small"
            assert ward.got[0].json["max_tokens"] == 2000
            assert "authorization" not in ward.got[0].headers

    run(test())


@in_loop
async def test_a_target_that_cannot_be_reached_is_passed_over() -> None:
    async with targets(echo) as [ward], gateway(ward.url, "http://127.0.0.1:9/v1") as caller:
        answered = await caller.post(chat("hello", **HARD))
        assert answered.headers["x-epol-attempts"] == "azure=unreachable ward=200"


@in_loop
async def test_when_nobody_answers_the_caller_is_told_who_was_asked() -> None:
    async with (
        targets(fails(500), fails(503)) as (ward, azure),
        gateway(ward.url, azure.url) as caller,
    ):
        answered = await caller.post(chat(f"about {MRN}", **HARD))
        assert answered.status == 502
        error = answered.json["error"]
        assert error["message"] == "no target answered (azure=503, ward=500)"
        assert error["code"] == "no-target-answered"
        assert MRN.encode() not in answered.body


@in_loop
async def test_one_deadline_holds_for_all_attempts() -> None:
    settings = Settings(times=Times(attempt=10, deadline=0.4, connect=1))
    async with (
        targets(hangs, hangs) as (ward, azure),
        gateway(ward.url, azure.url, settings) as caller,
    ):
        answered = await caller.post(chat("hello", **HARD))
        assert answered.status == 504
        assert answered.headers["x-epol-attempts"] == "azure=timeout ward=no-time"
        assert not ward.got


@in_loop
async def test_an_error_about_the_request_is_passed_on_treated() -> None:
    async def refuses(got: Got, writer: Writer) -> None:
        said = got.json["messages"][0]["content"]
        await fails(400, json.dumps({"error": {"message": f"bad: {said}"}}).encode())(got, writer)

    async with targets(echo, refuses) as (ward, azure), gateway(ward.url, azure.url) as caller:
        answered = await caller.post(chat(f"about {MRN}", **HARD))
        assert answered.status == 400
        assert answered.json["error"]["message"] == f"bad: about {MRN}"
        assert not ward.got


@in_loop
async def test_what_the_policy_blocks_reaches_nobody() -> None:
    async with targets(echo, echo) as (ward, azure), gateway(ward.url, azure.url) as caller:
        text = " ".join(f"MRN 0048291{n}" for n in range(5))
        answered = await caller.post(chat(text))
        assert answered.status == 403
        error = answered.json["error"]
        assert error["code"] == "blocked"
        assert error["type"] == "permission_error"
        assert error["message"] == "the policy blocks the request (by bulk (bulk export))"
        assert {"rule": "bulk", "target": "ward", "because": "bulk export"} in error["reasons"]
        assert not ward.got + azure.got


@in_loop
async def test_an_answer_that_may_not_go_on_is_not_asked_for_elsewhere() -> None:
    many = " ".join(f"MRN 0048291{n}" for n in range(4))

    async def leaks(got: Got, writer: Writer) -> None:
        write(writer, 200, chat_answer(many))

    async with targets(echo, leaks) as (ward, azure), gateway(ward.url, azure.url) as caller:
        answered = await caller.post(chat("hello", **HARD))
        assert answered.status == 403
        assert answered.json["error"]["code"] == "answer-blocked"
        assert answered.json["error"]["reasons"][0]["rule"] == "answers"
        assert b"MRN" not in answered.body
        assert not ward.got


@in_loop
async def test_a_caller_who_goes_takes_the_request_along() -> None:
    async with targets(echo, hangs) as (ward, azure), gateway(ward.url, azure.url) as caller:
        asking = asyncio.create_task(caller.post(chat("hello", **HARD)))
        while not azure.got:
            await asyncio.sleep(0.01)
        asking.cancel()
        while not azure.dropped:
            await asyncio.sleep(0.01)
        assert not ward.got
