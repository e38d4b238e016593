"""A server of MCP, by the official library, that says what it was told: on stdio, or over HTTP.

python mcp_server.py [PORT]
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
from typing import Any

import mcp_types as types
import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError

RECORD = "MRN 00482913"
server: MCPServer[Any] = MCPServer("records", instructions=f"for example {RECORD}")
seen: list[object] = []


@server.tool()
def find(record: str) -> dict[str, str]:
    """Find a record, for example MRN 00482913."""
    seen.append(record)
    note = os.environ.get("SEEN")
    if note is not None:
        with pathlib.Path(note).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
    return {"record": record, "of": RECORD}


@server.tool()
def delete(record: str) -> str:
    """Delete a record."""
    return f"deleted {record}"


@server.tool()
def fails(record: str) -> str:
    """Fail."""
    raise ToolError(f"there is no {RECORD}")


@server.tool()
async def asks(question: str, context: Context[Any, Any]) -> str:
    """Ask the client's model, and report progress."""
    await context.report_progress(1, 2, f"halfway with {RECORD}")
    text = types.TextContent(type="text", text=f"{question} of {RECORD}")
    message = types.SamplingMessage(role="user", content=text)
    ask: Any = context.session  # sampling is deprecated in versions to come
    answered = await ask.create_message([message], max_tokens=5000)
    return f"the model said: {json.dumps(answered.content.model_dump(), default=str)}"


@server.resource("records://{number}")
def record(number: str) -> str:
    """A record."""
    return f"{number} is {RECORD}"


@server.prompt()
def letter(to: str) -> str:
    """A letter."""
    return f"Write to {to} about {RECORD}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        uvicorn.run(server.streamable_http_app(), port=int(sys.argv[1]), log_level="info")
    else:
        server.run("stdio")
