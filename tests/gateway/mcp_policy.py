"""The policy of the tests of MCP, and relays under it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from epol.compiler.embedding import compile_bundle
from epol.gateway.callers import ANYBODY
from epol.gateway.host import Host
from epol.gateway.mcp.relay import Relay
from epol.gateway.mcp.treating import Treating
from epol.gateway.settings import Mcp, Settings, Tool

RECORD = "MRN 00482913"
POLICY = """
policy tools version "1.0.0"
import std.edge
label phi.mrn
label phi.day
label bad.word
detector mrn -> phi.mrn { match /MRN [0-9]{8}/ }
detector day -> phi.day { match /20[0-9]{2}-[0-9]{2}-[0-9]{2}/ }
detector word -> bad.word { match /forbidden-word/ }
target ward  { at local  context 1M  tools true  accepts_opaque true }
target cloud { at cloud  context 1M  tools true  accepts_opaque true }
rule nameless { when target.at == cloud  tokenize phi }
rule words    { when found bad.word  block  because "a forbidden word" }
rule small    { when target.at == cloud  cap max_output_tokens 500 }
rule keeps    { on tool_call  when tool.name == "delete"  deny  because "nobody deletes" }
rule away     { on tool_call  when tool.at == cloud  redact phi }
rule asked    { on tool_call  when tool.name == "fails" and found phi  hold }
"""
SETTINGS = Settings(mcp=Mcp(target="cloud", at="local"), tools={"web": Tool(at="cloud")})


@cache
def mcp_bundle(more: str = "") -> bytes:
    """The bundle of the policy."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "policy.epol"
        path.write_text(POLICY + more, encoding="utf-8")
        return compile_bundle(path)


def bundle_file(folder: Path, more: str = "") -> Path:
    """It, as a file."""
    path = folder / "tools.epolb"
    path.write_bytes(mcp_bundle(more))
    return path


class Pair:
    """A client and a server with the proxy between them, as messages."""

    def __init__(self, folder: Path, settings: Settings = SETTINGS, more: str = "") -> None:
        assert settings.mcp.target is not None
        host = Host(bundle_file(folder, more), settings, {})
        self.relay = Relay(Treating(host, settings.mcp.target, ANYBODY, {}, "mcp"))

    async def client(self, message: object) -> tuple[Any, Any]:
        """What of a client's message goes on, and what back."""
        passed = await self.relay.from_client(_raw(message))
        return _json(passed.on), _json(passed.back)

    async def server(self, message: object) -> tuple[Any, Any]:
        """What of a server's message goes on, and what back."""
        passed = await self.relay.from_server(_raw(message))
        return _json(passed.on), _json(passed.back)


def request(method: str, params: object = None, identity: object = 1) -> dict[str, object]:
    """A request."""
    more = {} if params is None else {"params": params}
    return {"jsonrpc": "2.0", "id": identity, "method": method, **more}


def notification(method: str, params: object) -> dict[str, object]:
    """A notification."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def answer(result: object, identity: object = 1) -> dict[str, object]:
    """An answer."""
    return {"jsonrpc": "2.0", "id": identity, "result": result}


def call(name: str, identity: object = 1, **arguments: object) -> dict[str, object]:
    """A call of a tool."""
    return request("tools/call", {"name": name, "arguments": arguments}, identity)


def text(said: str) -> dict[str, object]:
    """A part of content."""
    return {"type": "text", "text": said}


def _raw(message: object) -> bytes:
    return message if isinstance(message, bytes) else json.dumps(message).encode()


def _json(raw: bytes | None) -> object:
    if raw is None:
        return None
    assert b"\n" not in raw, "a message is one line"
    return json.loads(raw)
