"""What is measured: counted right, summed right, told in Prometheus' format, and no content."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.gateway import families
from epol.gateway.exposition import KIND, exposition
from epol.gateway.families import FAMILIES, HISTOGRAM, Family
from epol.gateway.metrics import Metrics, Sheet, total
from epol.gateway.settings import Budget, Settings
from epol.gateway.sheets import Sheets
from tests.gateway.running import MRN, Caller, chat, gateway, in_loop
from tests.gateway.scraping import samples, value
from tests.gateway.targets import Got, Writer, chat_answer, echo, fails, targets, write
from tests.gateway.test_serving import streams_echo

OPERATOR = "key-of-the-operator"
ADMIN = {"authorization": f"Bearer {OPERATOR}"}
HARD = {"max_tokens": 2000}
CHAT = "openai.chat"


async def scrape(caller: Caller) -> bytes:
    """The text of what is measured now."""
    answered = await caller.get("/epol/metrics", ADMIN)
    assert (answered.status, answered.headers["content-type"]) == (200, KIND)
    return answered.body


@in_loop
async def test_what_happens_to_requests_is_counted() -> None:
    async with (
        targets(echo, echo) as (ward, azure),
        gateway(ward.url, azure.url, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        await caller.post(chat(f"about {MRN}", **HARD))
        await caller.post(chat(" ".join(f"MRN 0048291{n}" for n in range(5))))
        await caller.post(chat("x", max_tokens=77))
        azure.behaviour = fails(500)
        await caller.post(chat("[phi.mrn:aaaabbbbccccdddd]", **HARD))
        azure.behaviour = fails(799)
        await caller.post(chat("x", **HARD))
        await caller.post(b"{")
        await caller.get("/nowhere")
        text = await scrape(caller)

        def count(name: str, **labels: str) -> float:
            return value(text, f"epol_{name}", **labels)

        requests = {"api": CHAT, "status": "200"}
        assert count("requests_total", **requests, target="azure") == 1
        assert count("requests_total", **requests, target="ward") == 2
        assert count("requests_total", api=CHAT, status="403", target="") == 1
        assert count("requests_total", api=CHAT, status="409", target="") == 1
        assert count("requests_total", api=CHAT, status="400", target="") == 1
        assert count("requests_total", api="", status="501", target="") == 1
        assert count("decisions_total", status="route") == 3
        assert count("decisions_total", status="block") == 1
        assert count("decisions_total", status="hold") == 1
        assert count("attempts_total", target="azure", result="200") == 1
        assert count("attempts_total", target="azure", result="500") == 1
        assert count("attempts_total", target="azure", result="other") == 1
        assert count("attempts_total", target="ward", result="200") == 2
        assert count("problems_total", code="blocked") == 1
        assert count("problems_total", code="bad-request") == 1
        assert count("refusals_total", code="blocked", rule="bulk") == 1
        assert count("refusals_total", code="held", rule="asked") == 1
        assert count("rules_fired_total", rule="bulk") == 1
        assert count("treatments_total", label="phi.mrn", treatment="tokenize") == 1
        assert count("tokens_total", result="restored") == 1
        assert count("target_seconds_count", target="azure") == 3
        assert count("request_seconds_count", api=CHAT) == 6
        assert count("enforce_seconds_count") == 6
        assert count("requests_in_flight") == 0
        assert count("circuit_workers", target="ward", state="closed") == 1
        assert count("circuit_workers", target="ward", state="open") == 0
        assert ("epol_budget_spent_dollars", frozenset()) not in samples(text)


@in_loop
async def test_streams_refused_answers_and_the_budget_are_counted() -> None:
    many = " ".join(f"MRN 0048291{n}" for n in range(4))

    async def leaks(got: Got, writer: Writer) -> None:
        write(writer, 200, chat_answer(many))

    config = Settings(budget=Budget(total="$2"))
    async with (
        targets(leaks, streams_echo) as (ward, azure),
        gateway(ward.url, azure.url, config, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        assert (await caller.post(chat(MRN, stream=True, **HARD))).status == 200
        assert (await caller.post(chat("x"))).status == 403
        text = await scrape(caller)
        assert value(text, "epol_stream_hold_back_seconds_count") == 1
        assert value(text, "epol_tokens_total", result="restored") == 1
        assert value(text, "epol_attempts_total", target="ward", result="answer-blocked") == 1
        assert value(text, "epol_refusals_total", code="answer-blocked", rule="answers") == 1
        assert value(text, "epol_budget_remaining_dollars") == 2
        assert value(text, "epol_budget_spent_dollars") == 0


@in_loop
async def test_requests_under_way_and_open_circuits_show() -> None:
    async with (
        targets(echo, fails(500)) as (ward, azure),
        gateway(ward.url, azure.url, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        while value(await scrape(caller), "epol_circuit_workers", target="azure", state="open") < 1:
            await caller.post(chat("x", **HARD))
        let_go = asyncio.Event()

        async def waits(got: Got, writer: Writer) -> None:
            await let_go.wait()
            await echo(got, writer)

        ward.behaviour = waits
        seen = len(ward.got)
        asking = asyncio.create_task(caller.post(chat("x")))
        while len(ward.got) == seen:
            await asyncio.sleep(0.01)
        assert value(await scrape(caller), "epol_requests_in_flight") == 1
        let_go.set()
        await asking
        assert value(await scrape(caller), "epol_requests_in_flight") == 0


PLANTED = st.text("qxzjvkwQXZJVKW0123456789", min_size=8, max_size=20)
TRIAL = Settings(headers={"x-trial": "step.kind"})


def test_nothing_that_is_planted_shows_and_the_number_of_series_has_an_end() -> None:
    """Whatever callers and targets say, wherever they can say it."""
    said = [""]

    async def repeats(got: Got, writer: Writer) -> None:
        text = said[-1]
        status = 400 if len(text) % 2 else 200
        body = chat_answer(text) if status == 200 else f'{{"error":"{text}"}}'.encode()
        write(writer, status, body, f"x-said: {text}")

    @asynccontextmanager
    async def opened() -> AsyncGenerator[Caller]:
        async with (
            targets(repeats) as [ward],
            gateway(ward.url, ward.url, TRIAL, EPOL_ADMIN_KEY=OPERATOR) as caller,
        ):
            yield caller

    with asyncio.Runner() as runner:
        opening = opened()
        caller = runner.run(opening.__aenter__())

        @settings(max_examples=30)
        @given(PLANTED)
        def plant(text: str) -> None:
            said.append(text)
            runner.run(say_everywhere(caller, text))
            exposed = runner.run(scrape(caller))
            assert text.encode() not in exposed
            assert len(samples(exposed)) < 300

        plant()
        runner.run(opening.__aexit__(None, None, None))


async def say_everywhere(caller: Caller, text: str) -> None:
    """Say a text in each place of a request that callers choose."""
    body = {**chat(text, stream=len(text) % 3 == 0), "model": text, text: text, "user": text}
    tool = {"type": "function", "function": {"name": text, "parameters": {"type": "object"}}}
    for headers in ({}, {"x-epol-session": text}, {"x-trial": text}, {"authorization": text}):
        await caller.post({**body, "tools": [tool]}, headers={text: text, **headers})
    await caller.post(text.encode(), f"/v1/chat/completions?{text}={text}")
    await caller.post(b"", f"/{text}")
    await caller.post(b"", f"/epol/holds/{text}/{text}", ADMIN)
    await caller.get("/epol/metrics", {"authorization": f"Bearer {text}"})


COUNTERS = [each for each in FAMILIES if each.kind == "counter"]
HISTOGRAMS = [each for each in FAMILIES if each.kind == HISTOGRAM]


@given(st.data())
def test_any_labels_and_numbers_are_read_as_they_were_counted(data: st.DataObject) -> None:
    family = data.draw(st.sampled_from([each for each in COUNTERS if each.labels]))
    label = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    keys = st.tuples(*[label] * len(family.labels))
    wanted = data.draw(st.dictionaries(keys, st.integers(1, 2**40), max_size=5))
    metrics = Metrics()
    for key, number in wanted.items():
        metrics.add(family, *key, by=number)
    found = samples(exposition(metrics.sheet()))
    assert found == {
        (family.name, frozenset(zip(family.labels, key, strict=True))): number
        for key, number in wanted.items()
    }


@given(st.sampled_from(HISTOGRAMS), st.lists(st.floats(0, 1000), min_size=1, max_size=30))
def test_a_bucket_counts_what_is_at_most_its_end(family: Family, values: list[float]) -> None:
    metrics = Metrics()
    values += family.buckets[:2]
    labels = ["x"] * len(family.labels)
    for each in values:
        metrics.observe(family, each, *labels)
    text, named = exposition(metrics.sheet()), dict(zip(family.labels, labels, strict=True))
    for end in family.buckets:
        shown = str(int(end)) if end == int(end) else repr(end)
        assert value(text, f"{family.name}_bucket", **named, le=shown) == sum(
            each <= end for each in values
        )
    assert value(text, f"{family.name}_bucket", **named, le="+Inf") == len(values)
    assert value(text, f"{family.name}_count", **named) == len(values)
    assert value(text, f"{family.name}_sum", **named) == pytest.approx(sum(values))


def test_every_family_has_a_name_of_its_kind() -> None:
    assert len({each.name for each in FAMILIES}) == len(FAMILIES)
    defined = [each for each in vars(families).values() if isinstance(each, Family)]
    assert sorted(each.name for each in defined) == sorted(each.name for each in FAMILIES)
    for each in FAMILIES:
        assert each.name.endswith("_total") == (each.kind == "counter")
        assert bool(each.buckets) == (each.kind == HISTOGRAM)
        assert all(low < high for low, high in pairwise(each.buckets))
        assert "le" not in each.labels


def test_too_many_series_are_left_out_and_that_is_counted() -> None:
    metrics = Metrics(most=3)
    for number in range(10):
        metrics.add(families.FIRED, f"rule_{number}")
    metrics.add(families.FIRED, "rule_0")
    metrics.observe(families.TARGET, 1.0, "new")
    text = exposition(metrics.sheet())
    assert value(text, "epol_rules_fired_total", rule="rule_0") == 2
    assert value(text, "epol_metrics_dropped_total") == 8
    assert len(metrics.sheet().series) == 4


NUMBERS = st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 99))


@given(st.lists(st.lists(NUMBERS, max_size=6), max_size=4))
def test_the_sum_of_sheets_is_what_one_process_would_have_counted(
    parts: list[list[tuple[str, int]]],
) -> None:
    def counted(*lists: list[tuple[str, int]]) -> Sheet:
        metrics = Metrics()
        for rule, number in (each for part in lists for each in part):
            metrics.add(families.FIRED, rule, by=number)
            metrics.observe(families.TARGET, number, rule)
        return metrics.sheet()

    assert exposition(total(map(counted, parts))) == exposition(counted(*parts))


def test_what_a_process_counted_stays_when_it_ends_and_its_gauges_do_not(tmp_path: Path) -> None:
    sheets = Sheets(tmp_path / "metrics.sqlite3")

    def counted(number: int) -> Sheet:
        metrics = Metrics()
        metrics.add(families.FIRED, "r", by=number)
        metrics.set(families.UNDER_WAY, number)
        return metrics.sheet()

    def told(sheet: Sheet) -> tuple[float, float]:
        text = exposition(sheet)
        return value(text, families.FIRED.name, rule="r"), value(text, families.UNDER_WAY.name)

    ended: list[int] = []
    for number in (10, 100):
        child = os.fork()
        if child == 0:
            sheets.publish(counted(1))
            sheets.publish(counted(number))
            os._exit(0)
        os.waitpid(child, 0)
        ended.append(child)
    sheets.publish(counted(7))
    assert told(sheets.total(counted(8))) == (118, 118), "its own is newer than what it published"
    for number, child in enumerate(ended):
        sheets.end(child)
        assert told(sheets.total(Sheet())) == (110, 100 if number == 0 else 0)
    sheets.end(ended[0])
    assert told(sheets.total(Sheet())) == (110, 0)
    assert (tmp_path / "metrics.sqlite3").stat().st_mode & 0o077 == 0
    assert told(Sheets(tmp_path / "metrics.sqlite3").total(Sheet())) == (0, 0), "begun anew"
