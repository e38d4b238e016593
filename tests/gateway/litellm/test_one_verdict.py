"""One verdict: LiteLLM's proxy ends the same traffic as `epolc serve` does."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import pytest

from tests.gateway.litellm.proxy import Proxy, needs_litellm, proxied, ready
from tests.gateway.running import bundle, in_loop
from tests.gateway.targets import FakeTarget
from tests.gateway.test_one_verdict import served
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

needs_litellm()


def deployments(group: str) -> list[Mapping[str, Any]]:
    """Both targets, by which LiteLLM knows one model."""
    return [
        {
            "model_name": group,
            "litellm_params": {
                "model": f"openai/{model}",
                "api_base": f"os.environ/{url}",
                "api_key": "none",
            },
            "model_info": {"id": f"{group}-{target}", "epol_target": target},
        }
        for target, model, url in (("ward", "small", "WARD_URL"), ("azure", "large", "CLOUD_URL"))
    ]


CONFIGURATION: Mapping[str, Any] = {
    "model_list": [*deployments("any"), *deployments("again")],
    "router_settings": {
        "fallbacks": [{"any": ["again"]}],
        "num_retries": 0,
        "disable_cooldowns": True,
    },
    "litellm_settings": {"callbacks": ["epol.gateway.litellm.guardrail"]},
    "general_settings": {"master_key": "os.environ/LITELLM_MASTER_KEY"},
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Proxy]:
    """The proxy with the policy and the settings of the traffic."""
    folder = tmp_path_factory.mktemp("litellm")
    tools = "".join(f'[tools.{name}]\nat = "{tool.at}"\n' for name, tool in SETTINGS.tools.items())
    with proxied(folder, CONFIGURATION, bundle(MORE), tools) as there:
        yield there


def through(running: Proxy, asked: Exchanged) -> tuple[Outcome, Mapping[str, FakeTarget]]:
    """Through LiteLLM."""
    there = ready(running, asked.ward, asked.azure)
    known = {"ward": there.ward, "azure": there.cloudy}
    return outcome(there.post(asked.body), known), known


OWN_READER = ("no JSON", "a key twice")
"""LiteLLM reads bodies itself: it has words of its own for the first, and in the second the last
value counts, for the decision as for the target."""
OWN_FALLBACK = "the target's own fault"
"""LiteLLM falls back for a 400, too."""
ALIKE = {
    name: asked
    for name, asked in {**TRAFFIC, **FALLBACKS}.items()
    if name not in (*OWN_READER, OWN_FALLBACK)
}


@pytest.mark.parametrize("name", ALIKE)
@in_loop
async def test_the_proxy_ends_as_the_gateway(name: str, running: Proxy) -> None:
    meant, known = await served(ALIKE[name])
    assert not raw_in_cloud(known)
    found, known = through(running, ALIKE[name])
    assert found == meant
    assert not raw_in_cloud(known)


@pytest.mark.parametrize("name", OWN_READER)
def test_what_it_reads_otherwise_reaches_no_cloud_raw(name: str, running: Proxy) -> None:
    found, known = through(running, TRAFFIC[name])
    assert found.status >= 400
    assert not raw_in_cloud(known)


@in_loop
async def test_a_fault_of_the_target_is_a_reason_to_fall_back(running: Proxy) -> None:
    meant, _ = await served(TRAFFIC[OWN_FALLBACK])
    found, known = through(running, TRAFFIC[OWN_FALLBACK])
    assert found.sent["azure"] == meant.sent["azure"]
    assert (found.status, found.target) == (200, "ward")
    assert not raw_in_cloud(known)
