"""The policy exchanged under load, and the processes that serve."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from epol.engine import BundleError
from epol.gateway.reloading import PolicyFile
from tests.gateway.answered import Answered
from tests.gateway.running import MRN, POLICY, bundle, chat, environment, gateway, in_loop
from tests.gateway.scraping import value
from tests.gateway.targets import Got, Writer, echo, targets

HARD = {"max_tokens": 2000}
OPERATOR = "key-of-the-operator"
OTHER = 'rule never_here { when target.at == cloud  deny  tag "other" }\n'


def source(folder: Path, version: str, more: str = "") -> Path:
    """A policy's file."""
    path = folder / "policy.epol"
    path.write_text(f'policy gate version "{version}"\n{more}{POLICY}', encoding="utf-8")
    return path


@in_loop
async def test_a_policy_exchanged_under_load_loses_and_mixes_nothing() -> None:
    """Under the first policy requests go to the cloud, under the other to the ward."""
    async with targets(echo, echo) as (ward, azure), gateway(ward.url, azure.url) as caller:
        policies = caller.shared.policies
        found: list[Answered] = []

        async def ask() -> None:
            while len(found) < 400:
                found.append(await caller.post(chat(MRN, **HARD)))

        asking = [asyncio.create_task(ask()) for _ in range(8)]
        for step in range(1, 9):
            while len(found) < step * 40:
                await asyncio.sleep(0.005)
            more = OTHER if step % 2 else ""
            await asyncio.to_thread(policies.swap, bundle(more, version=f"1.{step}.0"))
        await asyncio.gather(*asking)
        assert all(each.status == 200 and each.text == MRN for each in found)
        for each in found:
            minor = int(each.headers["x-epol-policy"].split(".")[1])
            assert each.headers["x-epol-target"] == ("ward" if minor % 2 else "azure")
        assert len({each.headers["x-epol-policy"] for each in found}) > 4
        assert not any(MRN.encode() in got.body for got in azure.got)


@in_loop
async def test_a_policy_that_cannot_be_used_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("epol.gateway.policies._KEPT", 1)
    async with targets(echo) as [ward], gateway(ward.url, ward.url) as caller:
        policies = caller.shared.policies
        for bad in (b"", bundle()[:-1], bundle(version="0.9.0"), bundle(name="another")):
            with pytest.raises(BundleError):
                policies.swap(bad)
        answered = await caller.post(chat("x"))
        assert answered.headers["x-epol-policy"].startswith("gate@1.0.0 ")


@in_loop
async def test_what_is_under_way_ends_before_the_gateway_does() -> None:
    let_go = asyncio.Event()

    async def waits(got: Got, writer: Writer) -> None:
        await let_go.wait()
        await echo(got, writer)

    async with targets(waits) as [ward], gateway(ward.url, ward.url) as caller:
        asking = asyncio.create_task(caller.post(chat("hello")))
        while not ward.got:
            await asyncio.sleep(0.01)
        caller.server.stop()
        await asyncio.sleep(0.3)
        with pytest.raises(aiohttp.ClientError):
            async with aiohttp.ClientSession() as another:
                await another.get(caller.url + "/healthz")
        let_go.set()
        assert (await asking).text == "hello"


def test_a_file_that_changes_is_noticed_with_what_it_imports(tmp_path: Path) -> None:
    folder = tmp_path / "own" / "policies"
    folder.mkdir(parents=True)
    path = source(folder, "1.0.0", 'import "../shared.epol"\n')
    shared = tmp_path / "own" / "shared.epol"
    shared.write_text("module shared\n")
    file = PolicyFile(path)
    file.bundle()
    assert not file.has_changed()
    (tmp_path / "own" / "another.epol").write_text("module another\n")
    assert not file.has_changed()
    shared.write_text("module shared\nlabel more\n")
    assert file.has_changed()
    assert not file.has_changed()
    source(folder, "1.1.0", 'import "../shared.epol"\n')
    assert file.has_changed()
    path.unlink()
    assert file.has_changed()
    with pytest.raises(BundleError, match=r"policy\.epol"):
        file.bundle()


def test_a_source_is_compiled_in_another_process(tmp_path: Path) -> None:
    assert PolicyFile(source(tmp_path, "1.0.0")).bundle() == bundle(), "the same bytes"
    with pytest.raises(BundleError, match="nowhere"):
        PolicyFile(source(tmp_path, "1.0.0", "rule bad { when nowhere  deny }\n")).bundle()
    built = tmp_path / "policy.epolb"
    built.write_bytes(bundle())
    assert PolicyFile(built).bundle() == bundle()


@dataclass
class Running:
    """`epolc serve` in processes of its own."""

    process: subprocess.Popen[str]
    url: str
    session: aiohttp.ClientSession
    log: Path

    async def ask(self, text: str, **headers: str) -> Answered:
        """Send a chat."""
        body = chat(text, **HARD)
        async with self.session.post(
            f"{self.url}/v1/chat/completions", json=body, headers=headers
        ) as got:
            return Answered(got.status, got.headers, await got.read())

    @property
    def children(self) -> list[int]:
        """Its workers."""
        pid = self.process.pid
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
        )
        return [int(each) for each in found.stdout.split() if int(each) != pid]


@asynccontextmanager
async def epolc(
    folder: Path, policy: Path, *options: str, within: Sequence[str] = (), **env: str
) -> AsyncGenerator[Running]:
    """The command, until it listens; and then until it has ended.  `within` goes before it."""
    log = folder / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [
                *within,
                str(Path(sys.executable).parent / "epolc"),
                "serve",
                "--policy",
                str(policy),
                "--port",
                "0",
                *options,
            ],
            stderr=stderr,
            text=True,
            env={**os.environ, **env},
        )
    try:
        async with aiohttp.ClientSession() as session:
            url = await until(lambda: re.search(r"http://\S+", log.read_text()), process)
            yield Running(process, url, session, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


async def until(find: Callable[[], re.Match[str] | None], process: subprocess.Popen[str]) -> str:
    """What a search finds, as soon as it does."""
    while (found := find()) is None:
        assert process.poll() is None, "it has ended"
        await asyncio.sleep(0.05)
    return found[0]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_command_serves_reloads_and_ends(workers: int, tmp_path: Path) -> None:
    @in_loop
    async def test() -> None:
        async with targets(echo, echo) as (ward, azure):
            policy = source(tmp_path, "1.0.0")
            env = {**environment(ward.url, azure.url), "EPOL_ADMIN_KEY": OPERATOR}
            async with epolc(tmp_path, policy, "--workers", str(workers), **env) as running:
                assert (await running.ask(MRN)).text == MRN
                source(tmp_path, "2.0.0", OTHER)
                while not (await running.ask(MRN)).headers["x-epol-policy"].startswith("gate@2"):
                    await asyncio.sleep(0.1)
                source(tmp_path, "3.0.0", "rule broken { when nowhere  deny }")
                running.process.send_signal(signal.SIGHUP)
                said = running.log
                await until(
                    lambda: re.search("the policy stays", said.read_text()), running.process
                )
                answered = await running.ask(MRN)
                assert answered.headers["x-epol-policy"].startswith("gate@2")
                assert answered.headers["x-epol-target"] == "ward"
                if workers > 1:
                    await kill_one(running)
                await counts_of_all(running, workers)
                await page_of_all(running, workers)
            assert running.process.returncode == 0
            assert "MRN" not in running.log.read_text()
            assert not any(MRN.encode() in got.body for got in azure.got)

    test()


async def kill_one(running: Running) -> None:
    """Another worker takes the place of one that dies."""
    before = set(running.children)
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    while len(now := set(running.children)) < 2 or now == before:
        await asyncio.sleep(0.05)
    async with aiohttp.ClientSession() as session:
        again = Running(running.process, running.url, session, running.log)
        for _ in range(10):
            assert (await again.ask("x")).headers["x-epol-policy"].startswith("gate@2")


async def counts_of_all(running: Running, workers: int) -> None:
    """Whichever worker is asked tells the sum of all, soon; what one counted outlives it."""
    ok = {"api": "openai.chat", "status": "200", "target": "ward"}

    async def measured() -> bytes:
        headers = {"authorization": f"Bearer {OPERATOR}", "connection": "close"}
        async with running.session.get(f"{running.url}/epol/metrics", headers=headers) as got:
            assert got.status == 200
            return await got.read()

    async def settled(least: float = 1) -> bytes:
        """The text when every worker is there and has told what it counted."""
        seen = 0.0
        while True:
            await asyncio.sleep(2.5)
            text = await measured()
            there = value(text, "epol_circuit_workers", target="ward", state="closed")
            before, seen = seen, value(text, "epol_requests_total", **ok)
            if there == workers and seen == before >= least:
                return text

    before = value(await settled(), "epol_requests_total", **ok)
    assert before > 0
    for _ in range(6):
        async with aiohttp.ClientSession() as session:
            again = Running(running.process, running.url, session, running.log)
            assert (await again.ask("x")).status == 200
    text = await settled(before + 6)
    assert value(text, "epol_requests_total", **ok) == before + 6
    assert value(await measured(), "epol_requests_total", **ok) == before + 6
    assert value(text, "epol_policy_reloads_total", result="taken") == 1
    assert value(text, "epol_policy_reloads_total", result="refused") >= 1
    assert value(text, "epol_circuit_workers", target="ward", state="closed") == workers


async def page_of_all(running: Running, workers: int) -> None:
    """A session begins with one worker and is known to all; the page shows what all of them did."""
    root, form = f"{running.url}/_epol/", {"origin": running.url}
    names: set[str] = set()
    for _ in range(4):
        async with aiohttp.ClientSession() as session:
            again = Running(running.process, running.url, session, running.log)
            names.add((await again.ask("x")).headers["x-epol-decision"])
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.post(f"{root}login", data={"key": OPERATOR}, headers=form) as got:
            assert got.status == 200, "it leads to the page"

        async def told() -> Any:  # noqa: ANN401 (what JSON says)
            async with session.get(f"{root}now", headers={"connection": "close"}) as got:
                assert got.status == 200
                return await got.json()

        def decided() -> float:
            return sum(float(number) for _, number in now["counts"]["epol_decisions_total"])

        now = await told()
        # What workers count comes a little after what they did.
        while not (
            names <= {row["id"] for row in now["rows"]}
            and decided() >= len(now["rows"])
            and any(went for _, _, went in now["samples"])
            and sum(number for *_, number in now["counts"]["epol_policy_info"]) == workers
        ):
            now = await told()
        assert decided() >= len(now["rows"]) >= len(names)


def test_what_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    policy = source(tmp_path, "1.0.0")
    config = tmp_path / "gateway.toml"
    env = {**os.environ, **environment("http://127.0.0.1:9", "http://127.0.0.1:9")}

    def says(text: str, *options: str, **more: str) -> str:
        config.write_text(text)
        command = [str(Path(sys.executable).parent / "epolc"), "serve", "--policy", str(policy)]
        done = subprocess.run(
            [*command, "--config", str(config), *options],
            capture_output=True,
            text=True,
            env={**env, **more},
            check=False,
        )
        assert done.returncode == 2
        assert not done.stdout
        return done.stderr

    assert "unknown field `prot`" in says("prot = 1")
    assert "`body` is above zero" in says("[limits]\nbody = 0")
    assert "anybody who reaches 0.0.0.0 could call" in says("", "--host", "0.0.0.0")
    assert "the policy has no such target" in says("[targets.nobody]\nurl = 'http://x'")
    assert "`AZURE_KEY` is not set there" in says("", AZURE_KEY="")
    assert "the policy declares no `caller.shoe`" in says("[headers]\nx-shoe = 'caller.shoe'")
