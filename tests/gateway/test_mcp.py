"""The relay of `epolc mcp`: what becomes of each message of either side."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epol.gateway.host import Host
from epol.gateway.mcp import messages
from epol.gateway.mcp.pending import MOST
from epol.gateway.mcp.treating import target_of
from epol.gateway.settings import Budget, Mcp, Settings, SettingsError, Tool, check
from tests.gateway.mcp_policy import (
    RECORD,
    SETTINGS,
    Pair,
    answer,
    bundle_file,
    call,
    notification,
    request,
    text,
)
from tests.gateway.running import in_loop, run

TOKEN = re.compile(r"\[phi\.mrn:[a-z]{16}\]")


async def token_of(pair: Pair) -> str:
    """The token that stands for the record in a session."""
    sent, _ = await pair.client(call("find"))
    told, _ = await pair.server(answer({"content": [text(RECORD)]}, sent["id"]))
    found: str = told["result"]["content"][0]["text"]
    assert TOKEN.fullmatch(found)
    return found


@in_loop
async def test_results_are_treated_for_the_model_and_calls_restored_for_a_near_tool(
    tmp_path: Path,
) -> None:
    pair = Pair(tmp_path)
    token = await token_of(pair)
    sent, back = await pair.client(call("find", "a", record=token, also=f"{RECORD}."))
    assert back is None
    assert sent["params"]["arguments"] == {"record": RECORD, "also": f"{RECORD}."}
    result = {
        "content": [
            text(f"is {RECORD}"),
            {"type": "resource_link", "uri": f"x:{RECORD}", "name": "x"},
        ],
        "structuredContent": {"record": RECORD, "when": "2024-05-06", RECORD: 1},
        "isError": False,
    }
    told, back = await pair.server(answer(result, sent["id"]))
    assert back is None
    assert told["id"] == "a"
    assert told["result"]["content"][0]["text"] == f"is {token}"
    assert told["result"]["structuredContent"]["record"] == token
    assert "2024-05-06" not in json.dumps(told)
    assert "0048" not in json.dumps(told)


@in_loop
async def test_a_tool_that_is_not_near_gets_no_originals(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    token = await token_of(pair)
    sent, _ = await pair.client(call("web", 2, record=token, raw=RECORD))
    assert "0048" not in json.dumps(sent), "it is in the cloud, so phi is redacted"
    unknown = Pair(tmp_path, Settings(mcp=Mcp(target="cloud")))
    token = await token_of(unknown)
    sent, _ = await unknown.client(call("find", 2, record=token))
    assert sent["params"]["arguments"]["record"] == token, "nobody said where it runs"


@in_loop
async def test_a_refused_call_is_an_error_that_names_the_rule(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    sent, back = await pair.client(call("delete", "x1", record=RECORD))
    assert sent is None
    assert back["id"] == "x1"
    assert back["error"]["code"] == messages.REFUSED
    assert [each["rule"] for each in back["error"]["data"]["reasons"]] == ["keeps"]
    assert RECORD not in json.dumps(back)
    held, back = await pair.client(call("fails", 3, record=RECORD))
    assert held is None
    assert back["error"]["data"]["code"] == "answer-held"
    assert (await pair.client(call("fails", 4, record="nobody")))[0] is not None


@in_loop
async def test_a_result_that_may_not_go_on_is_an_error_to_the_client(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    sent, _ = await pair.client(call("find", 9))
    told, back = await pair.server(answer({"content": [text("a forbidden-word")]}, sent["id"]))
    assert back is None
    assert told["id"] == 9
    assert told["error"]["data"]["code"] == "blocked"
    assert "forbidden-word" not in json.dumps(told)


@in_loop
async def test_errors_of_the_server_are_treated(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    sent, _ = await pair.client(call("find", 9))
    error = {"code": -32603, "message": f"no {RECORD}", "data": {"of": RECORD}}
    told, _ = await pair.server({"jsonrpc": "2.0", "id": sent["id"], "error": error})
    assert told["error"]["code"] == -32603
    assert "0048" not in json.dumps(told)
    assert TOKEN.search(told["error"]["message"])


@in_loop
async def test_resources_and_prompts_are_treated(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    token = await token_of(pair)
    sent, _ = await pair.client(request("resources/read", {"uri": f"records://{token}"}))
    assert sent["params"]["uri"] == f"records://{RECORD}"
    contents = [{"uri": f"records://{RECORD}", "text": f"is {RECORD}"}]
    told, _ = await pair.server(answer({"contents": contents}, sent["id"]))
    assert told["result"]["contents"][0]["text"] == f"is {token}"
    sent, _ = await pair.client(
        request("prompts/get", {"name": "letter", "arguments": {"a": token}})
    )
    assert sent["params"]["arguments"]["a"] == RECORD
    said = [{"role": "user", "content": text(f"about {RECORD}")}]
    told, _ = await pair.server(answer({"messages": said}, sent["id"]))
    assert told["result"]["messages"][0]["content"]["text"] == f"about {token}"


@in_loop
async def test_tools_that_are_always_refused_are_not_listed(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    sent, _ = await pair.client(request("tools/list", {}))
    names = ("find", "delete", "fails")
    tools = [{"name": name, "description": RECORD} for name in names]
    told, _ = await pair.server(answer({"tools": tools, "nextCursor": "c"}, sent["id"]))
    assert [tool["name"] for tool in told["result"]["tools"]] == ["find", "fails"]
    assert told["result"]["nextCursor"] == "c"
    assert "0048" not in json.dumps(told)


@in_loop
async def test_what_the_server_asks_is_treated_and_what_the_client_says_restored(
    tmp_path: Path,
) -> None:
    pair = Pair(tmp_path)
    token = await token_of(pair)
    said = [{"role": "user", "content": text(f"who is {RECORD}")}]
    asked, back = await pair.server(
        request("sampling/createMessage", {"messages": said, "maxTokens": 5000}, "s1")
    )
    assert back is None
    assert asked["params"]["messages"][0]["content"]["text"] == f"who is {token}"
    assert asked["params"]["maxTokens"] == 500, "the cap of the target"
    result = {"role": "assistant", "content": text(f"{token} is fine"), "model": "m"}
    told, _ = await pair.client(answer(result, asked["id"]))
    assert told["id"] == "s1"
    assert told["result"]["content"]["text"] == f"{RECORD} is fine"
    asked, _ = await pair.server(
        request("elicitation/create", {"message": f"of {RECORD}?", "requestedSchema": {}}, "s2")
    )
    assert asked["params"]["message"] == f"of {token}?"
    told, _ = await pair.client(answer({"action": "accept", "content": {"r": token}}, asked["id"]))
    assert told["result"]["content"]["r"] == RECORD


@in_loop
async def test_a_refused_request_of_the_server_is_answered_to_it(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    said = [{"role": "user", "content": text("forbidden-word")}]
    on, back = await pair.server(
        request("sampling/createMessage", {"messages": said, "maxTokens": 5}, "s1")
    )
    assert on is None
    assert back["id"] == "s1"
    assert back["error"]["data"]["code"] == "blocked"


@in_loop
async def test_the_handshake_goes_through_with_its_version(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    version = "2025-11-25"
    params = {
        "protocolVersion": version,
        "capabilities": {"sampling": {}, "roots": {"listChanged": True}},
        "clientInfo": {"name": "client", "version": "1.0"},
    }
    sent, _ = await pair.client(request("initialize", params, 0))
    assert sent["params"] == params
    result = {
        "protocolVersion": version,
        "capabilities": {"tools": {"listChanged": True}},
        "serverInfo": {"name": "records", "version": "1.0"},
        "instructions": f"about {RECORD} since 2024-05-06",
    }
    told, _ = await pair.server(answer(result, sent["id"]))
    assert told["id"] == 0
    assert told["result"]["protocolVersion"] == version
    assert told["result"]["capabilities"] == result["capabilities"]
    assert "2024-05-06" not in told["result"]["instructions"], "a date that is no version"


@in_loop
async def test_ids_and_progress_tokens_stay_on_their_side(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    asked = call("find", RECORD)
    params: Any = asked["params"]
    params["_meta"] = {"progressToken": RECORD}
    sent, _ = await pair.client(asked)
    assert "0048" not in json.dumps(sent)
    number = sent["id"]
    assert sent["params"]["_meta"]["progressToken"] == number
    progress = {"progressToken": number, "progress": 1, "message": f"at {RECORD}"}
    told, _ = await pair.server(notification("notifications/progress", progress))
    assert told["params"]["progressToken"] == RECORD, "its own"
    assert told["params"]["message"] != f"at {RECORD}"
    gone, _ = await pair.client(notification("notifications/cancelled", {"requestId": RECORD}))
    assert gone["params"]["requestId"] == number
    told, _ = await pair.server(answer({"content": []}, number))
    assert told["id"] == RECORD
    for message in (
        notification("notifications/progress", {"progressToken": number, "progress": 1}),
        notification("notifications/cancelled", {"requestId": 77}),
        answer({"content": []}, number),
        answer({}, 12345),
    ):
        assert await pair.server(message) == (None, None), "about nothing"


@in_loop
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"no json", messages.PARSE_ERROR),
        (b"\xff{}", messages.PARSE_ERROR),
        (b"[]", messages.INVALID_REQUEST),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', messages.INVALID_REQUEST),
        (b"5", messages.INVALID_REQUEST),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', messages.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', messages.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', messages.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1}', messages.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', messages.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', messages.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","more":1}', messages.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","result":{}}', messages.INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":5}', messages.INVALID_REQUEST),
        (b"[" * 5000, messages.INVALID_REQUEST),
    ],
)
async def test_what_cannot_be_read_goes_nowhere(tmp_path: Path, raw: bytes, code: int) -> None:
    pair = Pair(tmp_path)
    on, back = await pair.client(raw)
    assert on is None
    assert back["error"]["code"] == code
    on, back = await pair.server(raw)
    assert on is None
    assert back is None or back["error"]["code"] == messages.METHOD_NOT_FOUND


@in_loop
async def test_what_reads_in_two_ways_is_refused(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    twice = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find","name":"web"}}'
    on, back = await pair.client(twice)
    assert on is None
    assert back["error"]["data"]["code"] == "bad-request"


@in_loop
async def test_unknown_methods_are_refused(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    for method in ("tools/run", "server/discover", "sampling/createMessage", "x"):
        on, back = await pair.client(request(method, {"text": RECORD}))
        assert on is None
        assert back == {
            "jsonrpc": "2.0",
            "id": 1,
            "error": {"code": messages.METHOD_NOT_FOUND, "message": "Method not found"},
        }
    for method in ("tools/call", "initialize", "x"):
        on, back = await pair.server(request(method, {"text": RECORD}))
        assert on is None
        assert back["error"]["code"] == messages.METHOD_NOT_FOUND
    for side in (pair.client, pair.server):
        assert await side(notification("notifications/unknown", {"text": RECORD})) == (None, None)


@in_loop
async def test_a_request_of_an_id_that_waits_is_refused_and_so_are_too_many(
    tmp_path: Path,
) -> None:
    pair = Pair(tmp_path)
    assert (await pair.client(request("ping", None, 1)))[0] is not None
    assert (await pair.client(request("ping", None, "1")))[0] is not None, "another id"
    on, back = await pair.client(request("ping", None, 1))
    assert on is None
    assert back["error"]["code"] == messages.OVERLOADED
    for number in range(2, MOST):
        assert (await pair.client(request("ping", None, number)))[0] is not None
    on, back = await pair.client(request("ping", None, MOST))
    assert back["error"]["code"] == messages.OVERLOADED


_LEAVES = st.one_of(st.none(), st.integers(0, 9999), st.text(max_size=8), st.just(RECORD))
_VALUES: st.SearchStrategy[object] = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(messages.CLIENT_REQUESTS | messages.SERVER_REQUESTS)),
    _VALUES,
    st.sampled_from(["result", "error", "params"]),
)
def test_no_record_reaches_the_model_wherever_it_stands(
    tmp_path: Path, method: str, value: object, kind: str
) -> None:
    async def tried() -> None:
        pair = Pair(tmp_path)
        if kind == "params":
            on, back = await pair.server(request(method, {"value": value}))
        else:
            sent, _ = await pair.client(request("ping"))
            on, back = await pair.server({"jsonrpc": "2.0", "id": sent["id"], kind: {"v": value}})
        assert RECORD not in json.dumps([on, back])
        if on is None:
            assert back["error"]["code"] in (messages.METHOD_NOT_FOUND, messages.REFUSED)

    run(tried())


def test_settings_say_whose_model_and_where(tmp_path: Path) -> None:
    host = Host(bundle_file(tmp_path), SETTINGS, {})
    assert target_of(host, SETTINGS) == "cloud"
    with pytest.raises(SettingsError, match="the policy has ward, cloud"):
        target_of(host, Settings())
    with pytest.raises(SettingsError, match="no such target"):
        target_of(host, Settings(mcp=Mcp(target="nowhere")))
    with pytest.raises(SettingsError, match="mcp: `at` is"):
        check(Settings(mcp=Mcp(at="here")), "file")
    with pytest.raises(SettingsError, match=r"tools\.x: `at` is"):
        check(Settings(tools={"x": Tool(at="here")}), "file")
    with pytest.raises(SettingsError, match="budget"):
        Host(bundle_file(tmp_path), Settings(budget=Budget(day="$1")), {})
