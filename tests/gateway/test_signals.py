"""What the gateway learns from its traffic, and what it may spend."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from epol.compiler.cli import application
from epol.engine import BudgetError, VaultError
from epol.engine.reading.inputs import Scaled
from epol.engine.signals.budget import Ledger
from epol.engine.signals.budget_sqlite import SqliteBudget
from epol.gateway.callers import SESSION
from epol.gateway.overdue import Overdue
from epol.gateway.settings import Budget, Hold, Limits, Settings, SettingsError, Times
from epol.gateway.state import shared_state
from tests.engine import servers
from tests.gateway.running import MRN, bundle, chat, environment, gateway, in_loop
from tests.gateway.targets import Behaviour, Got, Writer, breaks_off, echo, fails, hangs, targets

HARD = {"max_tokens": 2000}
ASKED = {"max_tokens": 77}
PRICED = """
target paid { at cloud  context 1M  tools true  model "paid"  url env "PAID_URL"
              price in $1 out $2 per 1k }
rule paid { when target.name == paid  prefer 50 }
"""


@in_loop
async def test_a_target_that_fails_again_and_again_is_left_alone() -> None:
    async with targets(echo, fails(500)) as (ward, azure), gateway(ward.url, azure.url) as caller:
        for _ in range(5):
            answered = await caller.post(chat("x", **HARD))
            assert answered.headers["x-epol-attempts"] == "azure=500 ward=200"
        answered = await caller.post(chat("x", **HARD))
        assert answered.headers["x-epol-attempts"] == "ward=200", "`azure.up` is false"
        assert len(azure.got) == 5
        azure.behaviour = echo
        while answered.headers["x-epol-target"] != "azure":
            await caller.shared.policies.now.health.read()
            answered = await caller.post(chat("x", **HARD))
            await asyncio.sleep(0.02)


@in_loop
async def test_a_caller_who_leaves_says_nothing_about_the_target() -> None:
    async with targets(echo, hangs) as (ward, azure), gateway(ward.url, azure.url) as caller:
        for number in range(8):
            asking = asyncio.create_task(caller.post(chat("x", **HARD)))
            while len(azure.got) <= number:
                await asyncio.sleep(0.005)
            asking.cancel()
            await asyncio.wait({asking})
        azure.behaviour = echo
        assert (await caller.post(chat("x", **HARD))).headers["x-epol-target"] == "azure"


def used(read: int, written: int) -> Behaviour:
    """Answer that so many tokens were used."""

    async def behave(got: Got, writer: Writer) -> None:
        choices = [{"index": 0, "message": {"role": "assistant", "content": "done"}}]
        usage = {"prompt_tokens": read, "completion_tokens": written}
        body = json.dumps({"choices": choices, "usage": usage}).encode()
        await fails(200, body)(got, writer)

    return behave


@in_loop
async def test_what_is_spent_is_booked_and_no_more_than_there_is() -> None:
    settings = Settings(budget=Budget(total="$7"))
    async with (
        targets(echo, fails(500)) as (ward, paid),
        gateway(ward.url, ward.url, settings, PRICED, PAID_URL=paid.url) as caller,
    ):
        spending = caller.shared.spending
        assert spending is not None
        answered = await caller.post(chat("x", max_tokens=2000))
        assert answered.headers["x-epol-attempts"] == "paid=500 azure=200"
        paid.behaviour = fails(400)
        assert (await caller.post(chat("x", max_tokens=2000))).status == 400
        assert (await spending.read())["budget.spent"] == Scaled(0)
        paid.behaviour = used(1000, 1000)
        for dollars in (3, 6):
            assert (await caller.post(chat("x", max_tokens=2000))).status == 200
            assert (await spending.read())["budget.spent"] == Scaled(dollars * 1_000_000)
        told = await caller.post(chat("x", max_tokens=2000))
        assert told.status == 429, "500 tokens of an answer cost $1, and the request something too"
        assert told.json["error"]["code"] == "insufficient_quota"
        assert (await spending.read())["budget.remaining"] == Scaled(1_000_000)
        assert len(paid.got) == 4


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what comes after an answer: its caller need not wait for the books."""
    while not holds():
        await asyncio.sleep(0.01)


@in_loop
async def test_an_attempt_that_may_have_cost_something_is_booked() -> None:
    """At the most that it can have: 500 tokens of an answer cost $1, the request some cents."""
    settings = Settings(budget=Budget(total="$7"))
    async with (
        targets(echo, breaks_off) as (ward, paid),
        gateway(ward.url, ward.url, settings, PRICED, PAID_URL=paid.url) as caller,
    ):
        spending = caller.shared.spending
        assert spending is not None
        answered = await caller.post(chat("x", max_tokens=2000))
        assert answered.headers["x-epol-attempts"] == "paid=broken-off azure=200"
        await until(lambda: spending.balance().spent > 0)
        assert 1_000_000 < spending.balance().spent < 1_100_000
        spent = spending.balance().spent
        paid.behaviour = fails(503)
        answered = await caller.post(chat("x", max_tokens=2000))
        assert answered.headers["x-epol-attempts"] == "paid=503 azure=200"
        await until(lambda: spending.balance().remaining == 7_000_000 - spent)
        assert spending.balance().spent == spent


def test_what_books_cannot_take_is_booked_when_they_can(monkeypatch: pytest.MonkeyPatch) -> None:
    reserve = SqliteBudget.reserve

    def no_charge(*_args: object, **_options: object) -> None:
        raise BudgetError("the books are closed")

    def no_answer(*args: Any) -> bool:  # noqa: ANN401 (what it stands for takes)
        reserve(*args)
        raise BudgetError("it was done, but nobody heard")

    @in_loop
    async def test() -> None:
        settings = Settings(budget=Budget(total="$7"))
        async with (
            targets(echo, used(1000, 0)) as (ward, paid),
            gateway(ward.url, ward.url, settings, PRICED, PAID_URL=paid.url) as caller,
        ):
            spending = caller.shared.spending
            assert spending is not None
            monkeypatch.setattr(SqliteBudget, "charge", no_charge)
            assert (await caller.post(chat("x", max_tokens=1000))).status == 200
            await until(lambda: len(spending.overdue) == 1)
            assert spending.balance().spent == 0
            monkeypatch.setattr(SqliteBudget, "reserve", no_answer)
            told = await caller.post(chat("x", max_tokens=1000))
            assert told.status == 503
            assert told.json["error"]["code"] == "budget-unavailable"
            assert told.headers["retry-after"] == "1"
            with pytest.raises(BudgetError):
                await spending.read()
            monkeypatch.undo()
            assert (await spending.read())["budget.spent"] == Scaled(1_000_000)
            assert spending.balance() == (6_000_000, 1_000_000), "nothing is held back any more"
            assert len(paid.got) == 1

    test()


def test_no_more_waits_for_the_books_than_fits(tmp_path: Path) -> None:
    ledger = Ledger(SqliteBudget(tmp_path / "books"))
    overdue = Overdue(most=2)
    for number in (1, 2, 4):
        overdue.add(ledger.reserve(10), number)
    overdue.catch_up()
    assert ledger.balance().spent == 6


@servers.needed
@in_loop
async def test_gateways_share_tokens_and_books_in_a_server() -> None:
    """Two of them, as on two machines: each in a folder of its own."""
    settings = Settings(redis_env="BOOKS", budget=Budget(total="$7"))
    session = {SESSION: "s"}
    with servers.running() as url:
        keys = {"BOOKS": url, "EPOL_VAULT_KEY": "00" * 32}
        async with (
            targets(used(1000, 1000), echo) as (paid, ward),
            gateway(ward.url, ward.url, settings, PRICED, PAID_URL=paid.url, **keys) as one,
            gateway(ward.url, ward.url, settings, PRICED, PAID_URL=paid.url, **keys) as other,
        ):
            for caller in (one, other):
                answered = await caller.post(chat(MRN, **HARD), headers=session)
                assert answered.status == 200
            sent = [got.json["messages"][0]["content"] for got in paid.got]
            assert sent[0] == sent[1] != MRN
            books = [each.shared.spending for each in (one, other)]
            await until(lambda: [b and b.balance().spent for b in books] == [6_000_000] * 2)


@pytest.mark.parametrize(("name", "value"), [("EPOL_VAULT_KEY", ""), ("BOOKS", "secret")])
def test_a_server_needs_a_key_and_a_url(name: str, value: str) -> None:
    settings = Settings(redis_env="BOOKS")
    given = {"BOOKS": "redis://127.0.0.1:9", "EPOL_VAULT_KEY": "00" * 32, name: value}
    here = environment("http://127.0.0.1:9", "http://127.0.0.1:9")
    with pytest.raises((SettingsError, VaultError)) as told:
        shared_state(bundle(), settings, {**here, **given})
    assert "secret" not in str(told.value)
    with pytest.raises(SettingsError, match="`BOOKS` is not set"):
        shared_state(bundle(), settings, here)


@in_loop
async def test_nothing_of_a_request_is_in_errors_logs_or_files(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """One text, on every way that a request can end."""
    caplog.set_level(logging.DEBUG)
    plant = "MRN 73920584"
    settings = Settings(
        times=Times(attempt=0.2, deadline=0.6, connect=1), limits=Limits(body=5000), hold=Hold()
    )
    ways: list[Behaviour] = [echo, fails(500), fails(400), breaks_off, hangs, fails(200, b"?")]
    bodies: list[object] = [
        chat(plant, **HARD),
        chat(plant, stream=True, **HARD),
        chat(plant, **ASKED),
        chat(" ".join([plant, *(f"MRN 0048291{n}" for n in range(5))])),
        json.dumps(chat(plant)).encode()[:-3],
        b'{"' + plant.encode() + b'": 1, "' + plant.encode() + b'": 2}',
        chat(plant * 500),
        {"messages": [{"role": "user", "content": plant}], "max_tokens": plant},
    ]
    said: list[bytes] = []
    async with targets(*ways) as made:
        for target in made:
            async with gateway("http://127.0.0.1:9/v1", target.url, settings) as caller:
                for body in bodies:
                    answered = await caller.post(body)
                    said.append(answered.body if answered.status != 200 else b"")
                    said.append(str(answered.headers).encode())
                said.extend(each.read_bytes() for each in caller.shared.folder.iterdir())
        for target in made:
            said.extend(got.body + str(got.headers).encode() for got in target.got)
    assert len(said) > 100
    hidden = [plant.encode(), b"73920584"]
    assert not [each for each in said for word in hidden if word in each]
    assert "73920584" not in caplog.text


def approve(*arguments: str, key: str | None = "key-of-the-operator") -> tuple[int, str]:
    """What `epolc approve` says."""
    runner = CliRunner(env={"EPOL_ADMIN_KEY": key})
    done = runner.invoke(application(), ["approve", *arguments])
    return done.exit_code, done.output


@in_loop
async def test_operators_have_a_command() -> None:
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, EPOL_ADMIN_KEY="key-of-the-operator") as caller,
    ):
        at = ("--gateway", caller.url)
        assert await asyncio.to_thread(approve, *at) == (0, "")
        held = (await caller.post(chat(MRN, **ASKED))).headers["x-epol-hold"]
        status, listed = await asyncio.to_thread(approve, *at)
        assert (status, listed) == (0, f"{held} waiting: anybody to ward, by asked\n")
        assert await asyncio.to_thread(approve, held, *at) == (0, f"{held} is approved\n")
        assert (await caller.post(chat(MRN, **ASKED))).text == MRN
        status, told = await asyncio.to_thread(approve, "nothing", *at)
        assert (status, told) == (1, "error: no request of this name waits there\n")

        def wrong() -> tuple[int, str]:
            return approve(*at, key="key-of-nobody")

        assert await asyncio.to_thread(wrong) == (
            1,
            "error: the gateway does not take this operator's key\n",
        )
    assert approve(*at)[0] == 2
    assert approve("--gateway", "file:///etc/passwd")[0] == 2
    assert approve(key=None) == (
        2,
        "error: EPOL_ADMIN_KEY must have the operator's key of the gateway\n",
    )


def test_keys_of_targets_are_in_no_representation() -> None:
    async def test() -> None:
        async with targets(echo) as [ward], gateway(ward.url, ward.url) as caller:
            now = caller.shared.policies.now
            assert not re.search("key-of-azure", repr(now) + repr(caller.shared))

    asyncio.run(test())
