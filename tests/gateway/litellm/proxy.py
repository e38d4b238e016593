"""The real proxy of LiteLLM between models that record what they get, as the example has it."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from epol.compiler.embedding import compile_bundle
from tests.gateway.answered import Answered
from tests.gateway.speaking import speaks
from tests.gateway.targets import Behaviour, FakeTarget, Got, Writer, targets, write
from tests.gateway.threads import in_a_thread

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "litellm"
HOME = ROOT / ".venv-litellm"
KEY = "sk-the-key-of-the-proxy"
OPERATOR = "the-key-of-the-operator"
NAMES = ("ward", "cloudy", "claude")
_LISTENS = re.compile(r"Uvicorn running on http://127\.0\.0\.1:(\d+)")
_PATIENCE = 600.0
"""Seconds: a start takes fifteen of a processor, of which there may be little."""
_MORE_POLICY = """
target claude { at cloud  context 128k  tools true }
"""
"""A third target, for Anthropic's API."""


def needs_litellm() -> None:
    """Skip where LiteLLM's environment is not there."""
    if not (HOME / "made-for").is_file():
        pytest.skip("there is no .venv-litellm: `make litellm` makes it", allow_module_level=True)


@dataclass
class Proxy:
    """A proxy that runs, and its models."""

    port: int
    log: Path
    models: Mapping[str, FakeTarget]
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where it is, as clients of OpenAI want it."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def ward(self) -> FakeTarget:
        return self.models["ward"]

    @property
    def cloudy(self) -> FakeTarget:
        return self.models["cloudy"]

    @property
    def claude(self) -> FakeTarget:
        return self.models["claude"]

    @property
    def seen(self) -> bytes:
        """All that the models in the cloud got: bodies and headers."""
        got = [*self.cloudy.got, *self.claude.got]
        return b"\n".join(each.body + repr(each.headers).encode() for each in got)

    def post(self, body: object, path: str = "/v1/chat/completions", **headers: str) -> Answered:
        """Send a body with the proxy's key."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", path, data, **headers)

    def ask(self, method: str, path: str, data: bytes | None = None, **headers: str) -> Answered:
        """Send a request; underscores in the names of headers are hyphens."""
        caller = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            sent = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
            sent |= {name.replace("_", "-"): value for name, value in headers.items()}
            caller.request(method, path, data, sent)
            got = caller.getresponse()
            found = {name.lower(): value for name, value in got.getheaders()}
            return Answered(got.status, found, got.read())
        finally:
            caller.close()


@contextmanager
def models() -> Generator[Mapping[str, FakeTarget]]:
    """Models that listen."""
    with in_a_thread(lambda: targets(*[_idle] * len(NAMES))) as made:
        yield dict(zip(NAMES, made, strict=True))


async def _idle(got: Got, writer: Writer) -> None:
    """What a model does before a test says what."""
    write(writer, 404, b"{}")


def ready(there: Proxy, ward: Behaviour, cloudy: Behaviour = speaks) -> Proxy:
    """A proxy whose models have got nothing yet."""
    for target, behaviour in ((there.ward, ward), (there.cloudy, cloudy), (there.claude, speaks)):
        target.behaviour = asked(target, behaviour)
        target.got.clear()
    return there


def asked(target: FakeTarget, behaviour: Behaviour) -> Behaviour:
    """What a model does when it is asked.  LiteLLM also looks which models it has."""

    async def behave(got: Got, writer: Writer) -> None:
        if got.body:
            await behaviour(got, writer)
        else:
            target.got.remove(got)
            write(writer, 404, b"{}")

    return behave


def config(*, guarded: bool) -> dict[str, Any]:
    """The example's configuration, with a model of Anthropic's, and one that is no target."""
    found: dict[str, Any] = yaml.safe_load((EXAMPLE / "config.yaml").read_text())
    claude = {"model": "anthropic/opus", "api_base": "os.environ/CLAUDE_URL", "api_key": "k"}
    stray = {"model": "openai/stray", "api_base": "os.environ/CLOUD_URL", "api_key": "k"}
    found["model_list"] += [
        {
            "model_name": "claude",
            "litellm_params": claude,
            "model_info": {"id": "claude-1", "epol_target": "claude"},
        },
        {"model_name": "stray", "litellm_params": stray, "model_info": {"id": "stray-1"}},
    ]
    # One try each, so that a test knows who was asked how often.
    found["router_settings"] |= {"num_retries": 0, "disable_cooldowns": True}
    if not guarded:
        del found["litellm_settings"]["callbacks"]
    return found


@contextmanager
def proxy(folder: Path, *, guarded: bool) -> Generator[Proxy]:
    """A proxy as the example has it, with epol or without."""
    folder.mkdir()
    policy = folder / "policy.epol"
    policy.write_text((EXAMPLE / "clinic.epol").read_text() + _MORE_POLICY)
    settings = (EXAMPLE / "gateway.toml").read_text()
    with proxied(folder, config(guarded=guarded), compile_bundle(policy), settings) as made:
        yield made


@contextmanager
def proxied(
    folder: Path, configuration: Mapping[str, Any], bundle: bytes, settings: str
) -> Generator[Proxy]:
    """A proxy that runs in a folder: its own configuration, and epol's policy and settings."""
    (folder / "config.yaml").write_text(yaml.safe_dump(configuration))
    (folder / "policy.epolb").write_bytes(bundle)
    (folder / "gateway.toml").write_text(settings)
    with models() as made:
        urls = {
            "WARD_URL": made["ward"].url,
            "CLOUD_URL": made["cloudy"].url,
            "CLAUDE_URL": made["claude"].url.removesuffix("/v1"),
        }
        process = start(folder, EPOL_POLICY="policy.epolb", EPOL_CONFIG="gateway.toml", **urls)
        try:
            yield Proxy(_port(process, folder / "log"), folder / "log", made, process)
        finally:
            process.terminate()
            process.wait()


def start(folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    """The proxy as a process, which writes to `log`."""
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [
                HOME / "bin" / "litellm",
                "--config",
                "config.yaml",
                *("--host", "127.0.0.1", "--port", "0"),
            ],
            cwd=folder,
            env={
                **os.environ,
                "CLOUD_KEY": "key-of-the-cloud",
                "EPOL_ADMIN_KEY": OPERATOR,
                "LITELLM_MASTER_KEY": KEY,
                # Prices come with the package; they are not asked for over the network.
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                **environment,
            },
            stdout=log,
            stderr=log,
        )


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if found := _LISTENS.search(log.read_text(errors="replace")):
            return int(found[1])
        if process.poll() is not None:
            break
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"the proxy does not start:\n{log.read_text(errors='replace')}")
