"""One verdict: the same traffic through every way in which epol is asked ends the same.

The ways are `epolc serve`, the ASGI middleware before an app that asks models itself, and
`epolc envoy` behind a real Envoy.  LiteLLM, which needs an environment of its own, gets the same
traffic in tests/gateway/litellm/test_one_verdict.py.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from pathlib import Path

import aiohttp
import pytest

from epol.gateway.asgi import Receive, Scope, Send
from tests.gateway.envoy.proxying import Envoy, binary, envoy, example, proxied
from tests.gateway.hosting import Asked, answer, body_of, guarded
from tests.gateway.running import CHAT, gateway, in_loop
from tests.gateway.targets import FakeTarget, targets
from tests.gateway.traffic import (
    FALLBACKS,
    MORE,
    SETTINGS,
    TRAFFIC,
    Exchanged,
    Outcome,
    outcome,
    raw_in_cloud,
)

_FAILED = 500


class AsksModels:
    """An app that asks the target it is told, and falls back as the decision says."""

    def __init__(self, models: Mapping[str, FakeTarget]) -> None:
        self._models = models

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        given, body = scope["epol"], await body_of(receive)
        async with aiohttp.ClientSession() as session:
            for target in given.decision.order:
                own = body if target == given.target else given.body(target)
                url = f"{self._models[target].url}/chat/completions"
                async with session.post(url, data=own) as got:
                    if got.status < _FAILED or target == given.decision.order[-1]:
                        await self._tell(send, got)
                        return

    async def _tell(self, send: Send, got: aiohttp.ClientResponse) -> None:
        if not got.content_type.startswith("text/event-stream"):
            await answer(send, await got.read(), got.status)
            return
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": got.status, "headers": headers})
        async for chunk in got.content.iter_any():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def served(asked: Exchanged) -> tuple[Outcome, Mapping[str, FakeTarget]]:
    """Through `epolc serve`."""
    async with (
        targets(asked.ward, asked.azure) as (ward, azure),
        gateway(ward.url, azure.url, SETTINGS, MORE) as caller,
    ):
        known = {"ward": ward, "azure": azure}
        return outcome(await caller.post(asked.body), known), known


async def hosted(asked: Exchanged, folder: Path) -> tuple[Outcome, Mapping[str, FakeTarget]]:
    """Through the ASGI middleware."""
    async with targets(asked.ward, asked.azure) as (ward, azure):
        known = {"ward": ward, "azure": azure}
        app = guarded(AsksModels(known), folder, MORE, config=SETTINGS)
        return outcome(await Asked(asked.body, CHAT).of(app), known), known


async def behind(asked: Exchanged, proxy: Envoy) -> tuple[Outcome, Mapping[str, FakeTarget]]:
    """Through Envoy."""
    ways = proxied(proxy, asked.ward, asked.azure, settings=SETTINGS, more=MORE)
    async with ways as caller:
        data = asked.body if isinstance(asked.body, bytes) else json.dumps(asked.body).encode()
        return outcome(await caller.post(data), caller.targets), caller.targets


@pytest.fixture(scope="module")
def proxy() -> Generator[Envoy | None]:
    """An Envoy; None where there is none for this platform."""
    if binary() is None:
        yield None
        return
    with envoy(example()) as made:
        yield made


@pytest.mark.parametrize("name", TRAFFIC)
@in_loop
async def test_every_way_ends_the_same(name: str, tmp_path: Path, proxy: Envoy | None) -> None:
    asked = TRAFFIC[name]
    meant, known = await served(asked)
    assert not raw_in_cloud(known)
    hosted_outcome, known = await hosted(asked, tmp_path)
    assert hosted_outcome == meant
    assert not raw_in_cloud(known)
    if proxy is not None:
        proxied_outcome, known = await behind(asked, proxy)
        assert proxied_outcome == meant
        assert not raw_in_cloud(known)


@pytest.mark.parametrize("name", FALLBACKS)
@in_loop
async def test_no_fallback_escapes(name: str, tmp_path: Path, proxy: Envoy | None) -> None:
    """An Envoy asks one target for one request: where that fails, so does the request."""
    asked = FALLBACKS[name]
    meant, known = await served(asked)
    assert not raw_in_cloud(known)
    hosted_outcome, known = await hosted(asked, tmp_path)
    assert hosted_outcome.sent == meant.sent
    assert (hosted_outcome.status < _FAILED) == (meant.status < _FAILED)
    assert not raw_in_cloud(known)
    if meant.status < _FAILED:
        assert hosted_outcome == meant
    if proxy is not None:
        proxied_outcome, known = await behind(asked, proxy)
        assert not raw_in_cloud(known)
        assert proxied_outcome.status >= _FAILED
        assert sum(map(len, proxied_outcome.sent.values())) == 1
