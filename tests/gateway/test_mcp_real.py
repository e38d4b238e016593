"""`epolc mcp` between the official client and the official server, on stdio and over HTTP."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError

from tests.gateway.mcp_policy import RECORD, bundle_file
from tests.gateway.running import in_loop

SERVER = Path(__file__).with_name("mcp_server.py")
EPOLC = Path(sys.executable).parent / "epolc"
TOKEN = re.compile(r"\[phi\.mrn:[a-z]{16}\]")


def config(folder: Path, *more: str) -> Path:
    """The configuration: the model is in the cloud, the server here."""
    path = folder / "mcp.toml"
    path.write_text("\n".join(["[mcp]", 'target = "cloud"', 'at = "local"', *more]))
    return path


async def samples(context: Any, params: types.CreateMessageRequestParams) -> Any:  # noqa: ANN401
    """The client's model: it says what it was told."""
    [message] = params.messages
    assert isinstance(message.content, types.TextContent)
    said = f"{params.max_tokens} tokens for: {message.content.text}"
    return types.CreateMessageResult(
        role="assistant", content=types.TextContent(type="text", text=said), model="m"
    )


async def spoken(client: Client, note: Path) -> None:
    """All that a client does, and what it and the server see of it."""
    assert TOKEN.search(client.instructions or "")
    assert client.protocol_version == "2025-11-25"
    listed = (await client.list_tools()).tools
    assert {tool.name for tool in listed} == {"find", "fails", "asks"}, "`delete` is always refused"
    assert "0048" not in repr(listed)

    found = await client.call_tool("find", {"record": "nobody"})
    assert found.structured_content is not None
    token = found.structured_content["of"]
    assert TOKEN.fullmatch(token)
    assert "0048" not in repr(found)
    again = await client.call_tool("find", {"record": token})
    assert again.structured_content == {"record": token, "of": token}, "one session, one token"
    seen = [json.loads(line) for line in note.read_text(encoding="utf-8").splitlines()]
    assert seen == ["nobody", RECORD], "the server, which is here, gets the original"

    with pytest.raises(MCPError, match="keeps"):
        await client.call_tool("delete", {"record": "x"})
    failed = await client.call_tool("fails", {"record": "x"})
    assert failed.is_error
    assert TOKEN.search(repr(failed.content))
    assert "0048" not in repr(failed)

    told: list[str | None] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        told.append(message)

    asked = await client.call_tool("asks", {"question": "what"}, progress_callback=heard)
    assert f"500 tokens for: what of {token}" in repr(asked.content)
    assert told == [f"halfway with {token}"]
    read = await client.read_resource("records://7")
    assert token in repr(read)
    prompt = await client.get_prompt("letter", {"to": token})
    assert f"Write to {token} about {token}" in repr(prompt)


@in_loop
async def test_on_stdio(tmp_path: Path) -> None:
    note = tmp_path / "seen"
    policy = ["--policy", str(bundle_file(tmp_path)), "--config", str(config(tmp_path))]
    server = StdioServerParameters(
        command=str(EPOLC),
        args=["mcp", *policy, "--", sys.executable, str(SERVER)],
        env={**os.environ, "SEEN": str(note), "EPOL_LOG_LEVEL": "ERROR"},
    )
    async with Client(server, sampling_callback=samples) as client:
        await spoken(client, note)


@contextmanager
def process(command: list[str], **environment: str) -> Generator[subprocess.Popen[str]]:
    """A process that is ended."""
    made = subprocess.Popen(
        command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True
    )
    try:
        yield made
    finally:
        made.terminate()
        made.communicate(timeout=60)


def said_by(made: subprocess.Popen[str]) -> str:
    """Where a process says that it listens."""
    assert made.stderr is not None
    lines: list[str] = []
    for line in made.stderr:
        lines.append(line)
        if found := re.search(r"http://[\w.:]+(/mcp)?", line):
            return found[0]
    raise AssertionError("".join(lines))


@asynccontextmanager
async def over_http(folder: Path, note: Path) -> AsyncGenerator[str]:
    """The proxy's address, before a server that listens too."""
    policy = ["--policy", str(bundle_file(folder)), "--port", "0"]
    with process([sys.executable, str(SERVER), "0"], SEEN=str(note)) as server:
        url = said_by(server).removesuffix("/mcp") + "/mcp"
        path = config(folder, f'url = "{url}"')
        with process([str(EPOLC), "mcp", *policy, "--config", str(path)]) as proxy:
            yield said_by(proxy)


@in_loop
async def test_over_http(tmp_path: Path) -> None:
    note = tmp_path / "seen"
    async with over_http(tmp_path, note) as url:
        async with Client(url, sampling_callback=samples) as client:
            await spoken(client, note)
        async with Client(url) as other:
            found = await other.call_tool("find", {"record": "x"})
            assert TOKEN.search(repr(found))
