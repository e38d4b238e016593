"""The threat model of docs/threat-model.md: one test for each row of the proxy for MCP, by name."""

from __future__ import annotations

import json
from pathlib import Path

from epol.gateway.settings import Caller, Mcp, Settings
from tests.gateway.mcp_policy import (
    RECORD,
    SETTINGS,
    Pair,
    answer,
    call,
    notification,
    request,
    text,
)
from tests.gateway.running import in_loop
from tests.gateway.targets import targets
from tests.gateway.test_mcp_http import KEYS, LAB, WARD, client, serves, url_of

ONLY = 'rule few { when target.at == cloud  tools only "find" }'


@in_loop
async def test_nothing_that_a_server_says_reaches_the_model_unread(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    results: list[dict[str, object]] = [
        {"content": [text(RECORD)], "structuredContent": {"a": [{"b": RECORD}], RECORD: None}},
        {"content": [{"type": "resource", "resource": {"uri": RECORD, "text": RECORD}}]},
        {"tools": [{"name": RECORD, "description": RECORD, "inputSchema": {"title": RECORD}}]},
        {"prompts": [{"name": "x", "description": RECORD}], "_meta": {"x": RECORD}},
        {"resources": [{"uri": RECORD, "name": RECORD}], "nextCursor": RECORD},
        {"protocolVersion": RECORD, "instructions": RECORD, "serverInfo": {"name": RECORD}},
    ]
    for result in results:
        sent, _ = await pair.client(request("ping"))
        told, _ = await pair.server(answer(result, sent["id"]))
        assert RECORD not in json.dumps(told)
        assert told["result"], "it goes on"
    sent, _ = await pair.client(request("ping"))
    error = {"code": 1, "message": RECORD, "data": [RECORD]}
    told, _ = await pair.server({"jsonrpc": "2.0", "id": sent["id"], "error": error})
    assert RECORD not in json.dumps(told)
    for method in ("notifications/message", "notifications/resources/updated"):
        told, _ = await pair.server(notification(method, {"data": RECORD, "uri": RECORD}))
        assert RECORD not in json.dumps(told)


@in_loop
async def test_what_a_server_asks_for_is_judged(tmp_path: Path) -> None:
    pair = Pair(tmp_path, Settings(mcp=Mcp(target="cloud", at="cloud")))
    said = [{"role": "user", "content": text(RECORD)}]
    asked, _ = await pair.server(
        request(
            "sampling/createMessage", {"messages": said, "systemPrompt": RECORD, "maxTokens": 5}
        )
    )
    assert RECORD not in json.dumps(asked)
    result = {"role": "assistant", "content": text(RECORD), "model": "m"}
    told, _ = await pair.client(answer(result, asked["id"]))
    assert RECORD not in json.dumps(told), "the server is in the cloud"
    asked, _ = await pair.server(request("elicitation/create", {"message": RECORD}))
    told, _ = await pair.client(answer({"action": "accept", "content": {"x": RECORD}}, asked["id"]))
    assert RECORD not in json.dumps(told)


@in_loop
async def test_a_tool_that_may_not_be_called_is_not_called(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    assert (await pair.client(call("delete")))[0] is None
    few = Pair(tmp_path, more=ONLY)
    sent, _ = await few.client(request("tools/list"))
    tools = [{"name": name, "description": name} for name in ("find", "web")]
    told, _ = await few.server(answer({"tools": tools}, sent["id"]))
    assert [tool["name"] for tool in told["result"]["tools"]] == ["find"]
    sent, back = await few.client(call("web"))
    assert sent is None
    assert back["error"]["message"] == "this tool is not offered to the model"
    assert (await few.client(call("find", 2)))[0] is not None


@in_loop
async def test_what_is_not_known_goes_nowhere(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    twice = b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"find","name":"x"}}'
    for raw in (
        request("tools/new", {"x": RECORD}),
        notification("notifications/new", {"x": RECORD}),
        [call("find")],
        twice,
        answer({"x": RECORD}, 99),
    ):
        assert (await pair.client(raw))[0] is None
        assert (await pair.server(raw))[0] is None


@in_loop
async def test_names_carry_nothing(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    params = {"name": "find", "arguments": {}, "_meta": {"progressToken": RECORD}}
    sent, _ = await pair.client(request("tools/call", params, RECORD))
    assert RECORD not in json.dumps(sent)
    asked, _ = await pair.server(
        request("roots/list", {"_meta": {"progressToken": RECORD}}, RECORD)
    )
    assert RECORD not in json.dumps(asked)
    async with targets(serves) as [server], client(tmp_path, url_of(server)) as it:
        answered = await it.post(call("find"))
        assert "the-servers-own" not in repr(answered)


@in_loop
async def test_a_session_is_its_callers_alone_in_mcp(tmp_path: Path) -> None:
    callers = {"ward": Caller("WARD_KEY"), "lab": Caller("LAB_KEY")}
    settings = Settings(mcp=SETTINGS.mcp, callers=callers)
    async with targets(serves) as [server], client(tmp_path, url_of(server), settings) as it:
        named = (await it.post(call("find"), WARD)).headers["mcp-session-id"]
        assert named not in KEYS.values()
        stolen = await it.post(call("find", 2), {**LAB, "mcp-session-id": named})
        assert stolen.status == 404
        page = {**WARD, "mcp-session-id": named, "origin": "https://page.example"}
        assert (await it.post(call("find", 3), page)).status == 403
        assert len(server.got) == 1
