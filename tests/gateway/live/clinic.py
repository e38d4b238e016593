"""A gateway of a clinic with ten minutes of traffic behind it, all of it real but its clock."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from epol.compiler.embedding import compile_bundle
from epol.engine.signals import scales
from epol.gateway.live.feed import Feed
from epol.gateway.settings import Budget, Limits, Settings
from epol.gateway.settings import Caller as Known
from epol.gateway.state import Shared, shared_state
from tests.gateway.running import Caller, chat, serving
from tests.gateway.targets import FakeTarget, Got, Writer, chat_answer, targets, write
from tests.gateway.threads import in_a_thread

OPERATOR = "key-of-the-operator"
POLICY = """
policy clinic.east version "2.3.0"

import std.edge
import std.hipaa

target ward { at local  model "smollm2-135m"  context 8k  tools true  url env "WARD" }
target site { at premises  model "llama-3.3-70b"  context 64k  tools true
  price in $0.10 out $0.30 per 1M  url env "SITE" }
target azure { at cloud  model "gpt-5"  context 400k  tools true  baa true
  price in $1.25 out $10 per 1M  url env "AZURE" }

signal text.hard : bool from match words "compare", "explain why", "differential" nocase

let rough = net.jitter > 80ms or not net.online

rule nameless      { when target.at == cloud  tokenize phi, pii.email }
rule local_first   { when target.at == local  prefer 20 }
rule site_is_good  { when target.at == premises  prefer 10 }
rule hard_is_cloud { when text.hard and target.at == cloud  prefer 60 }
rule rough_network { when rough and target.at == cloud  avoid 100 }
rule busy_ward     { when local.load > 85% and target.at == local  avoid 40 }
rule crowded       { when target.queue > 6 and target.at == local  avoid 30 }
rule frugal        { when budget.remaining < $1 and target.at == cloud  deny
  because "the budget of the day is nearly spent" }
rule bulk_export   { when count phi.mrn > 6  block  because "bulk export of records" }
rule many_records  { when count phi.mrn > 3 and target.at == cloud  hold
  because "a person looks at requests with many records" }
"""
PROMPTS = (
    "Write a short reminder: the patient with MRN 00482913 comes on Monday at ten.",
    "Summarize the visit of 04/12/2026 in two sentences.",
    "Compare a cold and the flu, for the patient with MRN 00482913 (anna.berg@example.org).",
    "Explain why MRN 00482914 was given amoxicillin on 04/12/2026; call 212-555-0142.",
    "Translate the discharge letter into plain words.",
    "Give the differential for a cough of three weeks.",
)
MANY = "Compare " + ", ".join(f"MRN 0048291{n}" for n in range(5))
BULK = "Export " + ", ".join(f"MRN 0048291{n}" for n in range(8))
STEP = 2.0
CALLERS = {
    "ward-3": Known("WARD_KEY"),
    "laboratory": Known("LAB_KEY"),
    "billing": Known("BILLING_KEY"),
}
KEYS = {
    "WARD_KEY": "key-of-the-ward-3",
    "LAB_KEY": "key-of-the-laboratory",
    "BILLING_KEY": "key-of-the-billing",
}
Made = TypeVar("Made")


@cache
def bundle() -> bytes:
    """The bundle of the clinic's policy."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clinic.epol"
        path.write_text(POLICY, encoding="utf-8")
        return compile_bundle(path)


async def says(got: Got, writer: Writer) -> None:
    """Answer as a model does, with the tokens that were used."""
    text = got.json["messages"][-1]["content"]
    answer = json.loads(chat_answer(f"Seen: {text}"))
    answer["usage"] = {"prompt_tokens": 40 + 9 * len(text), "completion_tokens": 6 * len(text)}
    write(writer, 200, json.dumps(answer).encode())


class Clock:
    """The time of this machine, until it is set, and again from there on."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._at: float | None = None

    def __call__(self) -> float:
        return time.time() + self._ahead if self._at is None else self._at

    def set(self, at: float) -> None:
        """Stand still."""
        self._at = at

    def go_on(self) -> None:
        """Go on from where it stands."""
        self._ahead, self._at = self() - time.time(), None


@dataclass
class Clinic:
    """The gateway, its caller, and what can be said of its world."""

    caller: Caller
    shared: Shared
    site: FakeTarget
    azure: FakeTarget
    clock: Clock
    loop: asyncio.AbstractEventLoop
    part: float = 0.0
    """How much of the ten minutes is over."""

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"{self.caller.url}/_epol/"

    def do(self, work: Coroutine[Any, Any, Made]) -> Made:
        """Do something in the gateway's loop, from another thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(120)

    async def ask(self, text: str, who: str = "WARD_KEY") -> int:
        """Send a prompt; the status."""
        headers = {"authorization": f"Bearer {KEYS[who]}"}
        return (await self.caller.post(chat(text, max_tokens=300), headers=headers)).status

    async def tick(self) -> None:
        """Have the page told at once."""
        ticker = self.caller.gateway.ticker
        assert ticker is not None
        await ticker.tick(samples=True)

    async def live(self, minutes: float = 10.0, seed: int = 7) -> None:
        """Let some minutes pass."""
        chance = random.Random(seed)
        self.part = 0.0
        began = self.clock()
        steps = int(60 * minutes / STEP)
        for step in range(steps):
            self.clock.set(began + step * STEP)
            self.part = step / steps
            self._world(chance)
            for _ in range(_busy(chance, self.part)):
                await self.ask(_prompt(chance), chance.choice([*KEYS]))
            await self.tick()
        self.clock.go_on()
        self.part = 1.0

    async def go_on(self) -> None:
        """The world is read as long as the gateway runs."""
        chance = random.Random(1)
        while True:
            self._world(chance)
            await asyncio.sleep(0.5)

    def _world(self, chance: random.Random) -> None:
        """The network is rough for a while, and the ward is busy for another."""
        part = self.part
        rough = 0.42 < part < 0.58
        jitter = chance.uniform(90, 150) if rough else chance.uniform(3, 22)
        busy = 0.7 < part < 0.82
        load = chance.uniform(0.86, 0.97) if busy else chance.uniform(0.25, 0.55)
        rtt = chance.uniform(0.018, 0.03) + (0.05 if rough else 0)
        self.shared.policies.engine.signals.publish(
            {
                **{f"{name}.up": True for name in ("ward", "site", "azure")},
                "net.online": True,
                "net.jitter": scales.duration(jitter / 1000),
                "net.rtt": scales.duration(rtt),
                "net.loss": scales.ratio(chance.uniform(0.02, 0.06) if rough else 0.0),
                "local.load": scales.ratio(load),
                "local.memory_free": scales.size(int(chance.uniform(5.1, 5.6) * 2**30)),
                "ward.queue": int(load * chance.uniform(2, 7)),
                "site.queue": chance.randrange(3),
                "azure.latency": scales.duration(rtt * 22),
                "ward.latency": scales.duration(load / 3),
                "budget.remaining": scales.money(int((9.6 - 3 * part) * 10**6)),
                "budget.spent": scales.money(int((0.4 + 3 * part) * 10**6)),
            }
        )


def _busy(chance: random.Random, part: float) -> int:
    return chance.choice([0, 1, 1, 2, 3] if part < 0.6 else [1, 2, 2, 3, 4])


def _prompt(chance: random.Random) -> str:
    kind = chance.random()
    return BULK if kind > 0.985 else MANY if kind > 0.97 else chance.choice(PROMPTS)


@asynccontextmanager
async def opened() -> AsyncGenerator[Clinic]:
    """The clinic's gateway, between three models."""
    settings = Settings(callers=CALLERS, limits=Limits(), budget=Budget())
    async with targets(says, says, says) as (ward, site, azure):
        urls = {"WARD": ward.url, "SITE": site.url, "AZURE": azure.url}
        made = shared_state(bundle(), settings, {**urls, **KEYS, "EPOL_ADMIN_KEY": OPERATOR})
        assert made.watched is not None
        clock = Clock()
        feed = Feed(made.folder / "live.sqlite3", clock)
        shared = replace(made, watched=replace(made.watched, feed=feed))
        try:
            async with serving(shared, settings) as caller:
                loop = asyncio.get_running_loop()
                clinic = Clinic(caller, shared, site, azure, clock, loop)
                world = asyncio.create_task(clinic.go_on())
                await asyncio.sleep(0)
                yield clinic
                world.cancel()
        finally:
            shared.close()


def beside() -> AbstractContextManager[Clinic]:
    """The same in a thread beside the test, for a browser, which blocks."""
    return in_a_thread(opened)
