"""Anthropic's own Python client, as it is, against the gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic, AsyncAnthropic
from anthropic.types import Message, MessageParam, ToolParam, ToolUseBlock
from pydantic import BaseModel

from epol.gateway.settings import Budget, Settings, Tool
from epol.gateway.settings import Caller as CallerSettings
from tests.engine.streams import made
from tests.gateway.beside import NOWHERE, Beside, beside
from tests.gateway.running import MRN
from tests.gateway.speaking import speaks
from tests.gateway.targets import Behaviour, Got, Writer, begin_stream, fails, hangs, put
from tests.gateway.test_signals import PRICED

HARD = 2000
SAID = f"about {MRN}, please"
TOOLS = Settings(tools={"labs": Tool(at="local", server="ehr"), "mail": Tool(at="cloud")})
MANY = " ".join(f"MRN 0048291{n}" for n in range(5))


class Found(BaseModel):
    """What is asked for as structured output."""

    record: str
    number: int


@contextmanager
def asked(
    claude: Behaviour = speaks,
    settings: Settings | None = None,
    retries: int = 0,
    more: str = "",
    **environment: str,
) -> Generator[tuple[Anthropic, Beside]]:
    """A client of a gateway, of whose targets one speaks its API."""
    with (
        beside(
            *(hangs, hangs, claude), settings=settings, more=more, environment=environment
        ) as there,
        Anthropic(base_url=there.url, api_key="nobody's", max_retries=retries) as client,
    ):
        yield client, there


def only_tokens(there: Beside) -> bool:
    """Whether only the target that speaks this API was asked, and saw no record's number."""
    others = there.ward.got + there.azure.got
    return (
        not others
        and bool(there.claude.got)
        and not any(b"0048291" in got.body for got in there.claude.got)
    )


def retried(error: anthropic.APIStatusError) -> int:
    """How many times the client had asked before the request that ended in an error."""
    return int(error.response.request.headers["x-stainless-retry-count"])


def code(error: anthropic.APIStatusError) -> object:
    """The gateway's word for an error."""
    body: Any = error.body
    return body["error"].get("code")


def tool(name: str) -> ToolParam:
    """A tool."""
    schema = {"type": "object", "properties": {"record": {"type": "string"}}}
    return {"name": name, "input_schema": {**schema}}


def is_for_near_tools_only(blocks: list[ToolUseBlock]) -> bool:
    """Whether the tool here got the number, and the one elsewhere a token."""
    found = {each.name: each.input for each in blocks}
    return found["labs"] == {"record": MRN} and str(found["mail"]["record"]).startswith("[phi.mrn:")


def test_a_message() -> None:
    with asked() as (client, there):
        answer = client.messages.create(
            model="any", max_tokens=HARD, messages=[{"role": "user", "content": SAID}]
        )
        assert [each.text for each in answer.content if each.type == "text"] == [SAID]
        assert answer.usage.output_tokens == 2
        assert only_tokens(there)
        assert there.claude.got[0].headers["x-api-key"] == "key-of-claude"


def test_a_stream() -> None:
    with asked() as (client, there):
        stream = client.messages.create(
            model="any", max_tokens=HARD, messages=[{"role": "user", "content": SAID}], stream=True
        )
        texts = [
            event.delta.text
            for event in stream
            if event.type == "content_block_delta" and event.delta.type == "text_delta"
        ]
        assert "".join(texts) == SAID
        assert len(texts) > 3
        assert only_tokens(there)


def test_the_streaming_helper() -> None:
    with (
        asked() as (client, there),
        client.messages.stream(
            model="any", max_tokens=HARD, messages=[{"role": "user", "content": SAID}]
        ) as stream,
    ):
        assert "".join(stream.text_stream) == SAID
        assert stream.get_final_text() == SAID
        assert only_tokens(there)


@pytest.mark.parametrize("streams", [False, True])
def test_tools(streams: bool) -> None:
    tools = [tool("labs"), tool("mail")]
    said: list[MessageParam] = [{"role": "user", "content": SAID}]
    with asked(settings=TOOLS) as (client, there):
        if streams:
            with client.messages.stream(
                model="any", max_tokens=HARD, messages=said, tools=tools
            ) as stream:
                answer: Message = stream.get_final_message()
        else:
            answer = client.messages.create(
                model="any", max_tokens=HARD, messages=said, tools=tools
            )
        uses = [each for each in answer.content if each.type == "tool_use"]
        assert is_for_near_tools_only(uses)
        assert only_tokens(there)


def test_structured_output() -> None:
    with asked() as (client, there):
        answer = client.messages.parse(
            model="any",
            max_tokens=HARD,
            messages=[{"role": "user", "content": SAID}],
            output_format=Found,
        )
        assert answer.parsed_output == Found(record=MRN, number=2)
        assert only_tokens(there)


def test_the_async_client() -> None:
    async def talk(there: Beside) -> None:
        async with AsyncAnthropic(base_url=there.url, api_key="x", max_retries=0) as client:
            answer = await client.messages.create(
                model="any", max_tokens=HARD, messages=[{"role": "user", "content": SAID}]
            )
            assert [each.text for each in answer.content if each.type == "text"] == [SAID]
            async with client.messages.stream(
                model="any", max_tokens=HARD, messages=[{"role": "user", "content": SAID}]
            ) as stream:
                assert await stream.get_final_text() == SAID
            with pytest.raises(anthropic.PermissionDeniedError) as caught:
                await client.messages.create(
                    model="any", max_tokens=9, messages=[{"role": "user", "content": MANY}]
                )
            assert code(caught.value) == "blocked"

    with asked() as (_, there):
        asyncio.run(talk(there))
        assert only_tokens(there)


# --- errors ------------------------------------------------------------------------------


def message(client: Anthropic, said: str = SAID, session: str = "s") -> None:
    """Ask for a message."""
    client.messages.create(
        model="any",
        max_tokens=HARD,
        messages=[{"role": "user", "content": said}],
        extra_headers={"x-epol-session": session},
    )


def test_what_cannot_be_read_is_a_bad_request() -> None:
    with asked(retries=1) as (client, there):
        with pytest.raises(anthropic.BadRequestError) as caught:
            message(client, session="no session!")
        assert (code(caught.value), retried(caught.value)) == ("bad-session", 0)
        assert caught.value.type == "invalid_request_error"
        with pytest.raises(anthropic.RequestTooLargeError) as too_large:
            message(client, "x" * 9_000_000)
        assert code(too_large.value) == "body-too-large"
        assert not there.claude.got


def test_a_targets_own_refusal_is_a_bad_request() -> None:
    said = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}
    with asked(fails(400, json.dumps(said).encode()), retries=1) as (client, there):
        with pytest.raises(anthropic.BadRequestError) as caught:
            message(client)
        assert caught.value.body == said
        assert len(there.claude.got) == 1


def test_what_the_policy_blocks_is_a_permission_denied() -> None:
    with asked(retries=1) as (client, there):
        with pytest.raises(anthropic.PermissionDeniedError) as caught:
            message(client, MANY)
        error = caught.value
        assert (code(error), error.type, retried(error)) == ("blocked", "permission_error", 0)
        assert not there.claude.got


def test_a_key_that_is_nobodys_fails_the_authentication() -> None:
    settings = Settings(callers={"ward": CallerSettings(key_env="WARD_KEY")})
    with asked(settings=settings, retries=1, WARD_KEY="the-key-of-the-ward") as (client, _):
        with pytest.raises(anthropic.AuthenticationError) as caught:
            message(client)
        assert (code(caught.value), retried(caught.value)) == ("unknown-caller", 0)
        message(client.with_options(api_key="the-key-of-the-ward"))


def test_a_hold_is_a_conflict_and_is_not_tried_again_at_once() -> None:
    asks = 'rule claude_asks { when target.name == claude  hold  because "a person looks" }'
    with asked(retries=1, more=asks) as (client, there):
        with pytest.raises(anthropic.ConflictError) as caught:
            message(client)
        assert (code(caught.value), retried(caught.value)) == ("held", 0)
        assert not there.claude.got


def test_a_spent_budget_is_a_rate_limit_that_is_not_tried_again() -> None:
    settings = Settings(budget=Budget(day="$0.10"))
    priced = PRICED.replace('model "paid"', 'model "paid"  api "anthropic"')
    with asked(settings=settings, retries=1, more=priced, PAID_URL=NOWHERE) as (client, there):
        with pytest.raises(anthropic.RateLimitError) as caught:
            message(client)
        assert (code(caught.value), retried(caught.value)) == ("insufficient_quota", 0)
        assert not there.claude.got


def test_when_nobody_answers_the_client_tries_again() -> None:
    with asked(fails(529), retries=1) as (client, there):
        with pytest.raises(anthropic.InternalServerError) as caught:
            message(client)
        assert caught.value.status_code == 502
        assert (code(caught.value), retried(caught.value)) == ("no-target-answered", 1)
        assert len(there.claude.got) == 2
        assert only_tokens(there)


def test_where_nobody_speaks_its_api_the_client_does_not_try_again() -> None:
    never = "rule never { when target.name == claude  deny }"
    with asked(retries=1, more=never) as (client, there):
        with pytest.raises(anthropic.InternalServerError) as caught:
            message(client)
        assert (code(caught.value), retried(caught.value)) == ("no-target-speaks", 0)
        assert not there.ward.got + there.azure.got + there.claude.got


async def breaks(got: Got, writer: Writer) -> None:
    """Begin to stream, and close the connection."""
    begin_stream(writer)
    put(writer, made.messages(["hello ", "world"])[:700])
    await writer.drain()
    writer.close()


def test_a_stream_that_breaks_off_is_an_error() -> None:
    with (
        asked(breaks, retries=1) as (client, there),
        client.messages.stream(
            model="any", max_tokens=HARD, messages=[{"role": "user", "content": SAID}]
        ) as stream,
    ):
        with pytest.raises(anthropic.APIStatusError) as caught:
            stream.get_final_message()
        assert caught.value.type == "api_error"
        assert len(there.claude.got) == 1


async def tells(got: Got, writer: Writer) -> None:
    """Stream what may not go on."""
    begin_stream(writer)
    put(writer, made.messages(list(MANY)))
    await writer.drain()
    writer.write(b"0\r\n\r\n")


def test_a_stream_that_may_not_go_on_ends_with_the_policys_refusal() -> None:
    said: list[str] = []
    with (
        asked(tells) as (client, _),
        client.messages.stream(
            model="any", max_tokens=HARD, messages=[{"role": "user", "content": "x"}]
        ) as stream,
    ):
        with pytest.raises(anthropic.APIStatusError) as caught:
            said.extend(stream.text_stream)
        assert caught.value.type == "permission_error"
        assert "".join(said).count("MRN 0048291") <= 2
