"""A gateway in a thread beside the test, for clients that block."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass

from epol.gateway.settings import Settings
from tests.gateway.running import gateway
from tests.gateway.targets import Behaviour, FakeTarget, targets
from tests.gateway.threads import in_a_thread

CLAUDE = """
field api : string default "openai"
target claude { at cloud  context 1M  tools true  model "opus"  url env "CLAUDE_URL"
                key env "CLAUDE_KEY"  api "anthropic" }
"""
"""A target that speaks Anthropic's API; the others do not."""
NOWHERE = "http://127.0.0.1:9/v1"
"""Where nobody listens."""


@dataclass
class Beside:
    """A gateway, and its three targets."""

    url: str
    ward: FakeTarget
    azure: FakeTarget
    claude: FakeTarget


@asynccontextmanager
async def _opened(
    behaviours: Sequence[Behaviour],
    settings: Settings | None,
    more: str,
    environment: Mapping[str, str],
) -> AsyncGenerator[Beside]:
    async with targets(*behaviours) as (ward, azure, claude):
        keys = {"CLAUDE_URL": claude.url, "CLAUDE_KEY": "key-of-claude", **environment}
        async with gateway(ward.url, azure.url, settings, CLAUDE + more, **keys) as caller:
            yield Beside(caller.url, ward, azure, claude)


def beside(
    *behaviours: Behaviour,
    settings: Settings | None = None,
    more: str = "",
    environment: Mapping[str, str] | None = None,
) -> AbstractContextManager[Beside]:
    """A gateway between a model on the ward, one in the cloud, and one that is Anthropic's."""
    return in_a_thread(lambda: _opened(behaviours, settings, more, environment or {}))
