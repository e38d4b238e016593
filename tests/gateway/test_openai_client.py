"""OpenAI's own Python client, as it is, against the gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionFunctionToolParam
from openai.types.responses import FunctionToolParam
from pydantic import BaseModel

from epol.gateway.settings import Budget, Settings, Tool
from epol.gateway.settings import Caller as CallerSettings
from tests.gateway.beside import NOWHERE, Beside, beside
from tests.gateway.running import MRN
from tests.gateway.speaking import NUMBERS, speaks
from tests.gateway.targets import Behaviour, Got, Writer, begin_stream, fails, hangs, put
from tests.gateway.test_serving import events
from tests.gateway.test_signals import PRICED

HARD = 2000
"""Tokens of output that send a request to the cloud."""
SAID = f"about {MRN}, please"
TOOLS = Settings(tools={"labs": Tool(at="local", server="ehr"), "mail": Tool(at="cloud")})
MANY = " ".join(f"MRN 0048291{n}" for n in range(5))


class Found(BaseModel):
    """What is asked for as structured output."""

    record: str
    number: int


@contextmanager
def asked(
    cloud: Behaviour = speaks,
    settings: Settings | None = None,
    retries: int = 0,
    more: str = "",
    **environment: str,
) -> Generator[tuple[OpenAI, Beside]]:
    """A client of a gateway, between models that speak."""
    with (
        beside(
            *(speaks, cloud, hangs), settings=settings, more=more, environment=environment
        ) as there,
        OpenAI(base_url=f"{there.url}/v1", api_key="nobody's", max_retries=retries) as client,
    ):
        yield client, there


def only_tokens(there: Beside) -> bool:
    """Whether the cloud was asked, and never saw a record's number."""
    return bool(there.azure.got) and not any(b"0048291" in got.body for got in there.azure.got)


def retried(error: openai.APIStatusError) -> int:
    """How many times the client had asked before the request that ended in an error."""
    return int(error.response.request.headers["x-stainless-retry-count"])


def test_a_chat() -> None:
    with asked() as (client, there):
        answer = client.chat.completions.create(
            model="any", max_tokens=HARD, messages=[{"role": "user", "content": SAID}]
        )
        assert answer.choices[0].message.content == SAID
        assert answer.usage is not None
        assert answer.usage.total_tokens == 5
        assert only_tokens(there)


def test_a_chat_that_stays_here_goes_as_it_is() -> None:
    with asked() as (client, there):
        raw = client.chat.completions.with_raw_response.create(
            model="any", max_tokens=50, messages=[{"role": "user", "content": SAID}]
        )
        assert raw.headers["x-epol-target"] == "ward"
        assert raw.parse().choices[0].message.content == SAID
        assert SAID.encode() in there.ward.got[0].body
        assert not there.azure.got


def test_a_stream_of_a_chat() -> None:
    with asked() as (client, there):
        stream = client.chat.completions.create(
            model="any", max_tokens=HARD, messages=[{"role": "user", "content": SAID}], stream=True
        )
        texts = [each.choices[0].delta.content or "" for each in stream if each.choices]
        assert "".join(texts) == SAID
        assert len(texts) > 3
        assert only_tokens(there)


def test_the_streaming_helper_of_chats() -> None:
    with (
        asked() as (client, there),
        client.chat.completions.stream(
            model="any", max_tokens=HARD, messages=[{"role": "user", "content": SAID}]
        ) as stream,
    ):
        texts = [event.delta for event in stream if event.type == "content.delta"]
        assert "".join(texts) == SAID
        assert stream.get_final_completion().choices[0].message.content == SAID
        assert only_tokens(there)


def chat_tool(name: str) -> ChatCompletionFunctionToolParam:
    """A tool as chats have them."""
    schema = {"type": "object", "properties": {"record": {"type": "string"}}}
    return {"type": "function", "function": {"name": name, "parameters": {**schema}}}


def response_tool(name: str) -> FunctionToolParam:
    """A tool as responses have them."""
    schema = {"type": "object", "properties": {"record": {"type": "string"}}}
    return {"type": "function", "name": name, "parameters": {**schema}, "strict": False}


def is_for_near_tools_only(arguments: dict[str, str]) -> bool:
    """Whether the tool here got the number, and the one elsewhere a token."""
    labs, mail = json.loads(arguments["labs"]), json.loads(arguments["mail"])
    return labs == {"record": MRN} and str(mail["record"]).startswith("[phi.mrn:")


def test_tools_of_a_chat() -> None:
    with asked(settings=TOOLS) as (client, there):
        answer = client.chat.completions.create(
            model="any",
            max_tokens=HARD,
            messages=[{"role": "user", "content": SAID}],
            tools=[chat_tool("labs"), chat_tool("mail")],
        )
        calls = answer.choices[0].message.tool_calls or []
        assert is_for_near_tools_only(
            {c.function.name: c.function.arguments for c in calls if c.type == "function"}
        )
        assert answer.choices[0].finish_reason == "tool_calls"
        assert only_tokens(there)


def test_tools_of_a_stream_of_a_chat() -> None:
    with (
        asked(settings=TOOLS) as (client, there),
        client.chat.completions.stream(
            model="any",
            max_tokens=HARD,
            messages=[{"role": "user", "content": SAID}],
            tools=[chat_tool("labs"), chat_tool("mail")],
        ) as stream,
    ):
        calls = stream.get_final_completion().choices[0].message.tool_calls or []
        assert is_for_near_tools_only({c.function.name: c.function.arguments for c in calls})
        assert only_tokens(there)


def test_structured_output_of_a_chat() -> None:
    with asked() as (client, there):
        answer = client.chat.completions.parse(
            model="any",
            max_tokens=HARD,
            messages=[{"role": "user", "content": SAID}],
            response_format=Found,
        )
        assert answer.choices[0].message.parsed == Found(record=MRN, number=2)
        assert only_tokens(there)


def test_a_response() -> None:
    with asked() as (client, there):
        answer = client.responses.create(model="any", max_output_tokens=HARD, input=SAID)
        assert answer.output_text == SAID
        assert only_tokens(there)


def test_a_stream_of_a_response() -> None:
    with (
        asked() as (client, there),
        client.responses.stream(model="any", max_output_tokens=HARD, input=SAID) as stream,
    ):
        texts = [event.delta for event in stream if event.type == "response.output_text.delta"]
        assert "".join(texts) == SAID
        assert stream.get_final_response().output_text == SAID
        assert only_tokens(there)


@pytest.mark.parametrize("streams", [False, True])
def test_tools_of_a_response(streams: bool) -> None:
    tools = [response_tool("labs"), response_tool("mail")]
    with asked(settings=TOOLS) as (client, there):
        if streams:
            with client.responses.stream(
                model="any", max_output_tokens=HARD, input=SAID, tools=tools
            ) as stream:
                output = list(stream.get_final_response().output)
        else:
            output = list(
                client.responses.parse(
                    model="any", max_output_tokens=HARD, input=SAID, tools=tools
                ).output
            )
        calls = {each.name: each.arguments for each in output if each.type == "function_call"}
        assert is_for_near_tools_only(calls)
        assert only_tokens(there)


def test_structured_output_of_a_response() -> None:
    with asked() as (client, there):
        answer = client.responses.parse(
            model="any", max_output_tokens=HARD, input=SAID, text_format=Found
        )
        assert answer.output_parsed == Found(record=MRN, number=2)
        assert only_tokens(there)


def test_embeddings_and_models() -> None:
    with asked() as (client, there):
        answer = client.embeddings.create(model="any", input=SAID)
        assert answer.data[0].embedding == list(NUMBERS)
        assert SAID.encode() in there.ward.got[0].body
        plain = client.embeddings.create(model="any", input=SAID, encoding_format="float")
        assert plain.data[0].embedding == list(NUMBERS)
        assert [each.id for each in client.models.list()] == ["gate"]


def test_the_async_client() -> None:
    async def talk(there: Beside) -> None:
        async with AsyncOpenAI(base_url=f"{there.url}/v1", api_key="x", max_retries=0) as client:
            answer = await client.chat.completions.create(
                model="any", max_tokens=HARD, messages=[{"role": "user", "content": SAID}]
            )
            assert answer.choices[0].message.content == SAID
            async with client.responses.stream(
                model="any", max_output_tokens=HARD, input=SAID
            ) as stream:
                assert (await stream.get_final_response()).output_text == SAID
            parsed = await client.chat.completions.parse(
                model="any",
                max_tokens=HARD,
                messages=[{"role": "user", "content": SAID}],
                response_format=Found,
            )
            assert parsed.choices[0].message.parsed == Found(record=MRN, number=2)
            with pytest.raises(openai.PermissionDeniedError) as caught:
                await client.responses.create(model="any", input=MANY)
            assert caught.value.code == "blocked"

    with asked() as (_, there):
        asyncio.run(talk(there))
        assert only_tokens(there)


# --- errors ------------------------------------------------------------------------------


def chat(client: OpenAI, said: str = SAID, most: int = HARD, session: str = "s") -> None:
    """Ask for a chat."""
    client.chat.completions.create(
        model="any",
        max_tokens=most,
        messages=[{"role": "user", "content": said}],
        extra_headers={"x-epol-session": session},
    )


def test_what_cannot_be_read_is_a_bad_request() -> None:
    with asked(retries=1) as (client, there):
        with pytest.raises(openai.BadRequestError) as caught:
            chat(client, session="no session!")
        assert (caught.value.code, retried(caught.value)) == ("bad-session", 0)
        with pytest.raises(openai.APIStatusError) as too_large:
            chat(client, "x" * 9_000_000)
        assert (too_large.value.status_code, too_large.value.code) == (413, "body-too-large")
        assert not there.azure.got


def test_a_targets_own_refusal_is_a_bad_request() -> None:
    said = b'{"error":{"message":"no","type":"invalid_request_error","param":"n","code":"odd"}}'
    with asked(fails(400, said), retries=1) as (client, there):
        with pytest.raises(openai.BadRequestError) as caught:
            chat(client)
        assert (caught.value.code, caught.value.param) == ("odd", "n")
        assert len(there.azure.got) == 1


def test_what_the_policy_blocks_is_a_permission_denied() -> None:
    with asked(retries=1) as (client, there):
        with pytest.raises(openai.PermissionDeniedError) as caught:
            chat(client, MANY)
        error = caught.value
        assert (error.code, error.type, retried(error)) == ("blocked", "permission_error", 0)
        body: Any = error.body
        assert body["reasons"][0]["because"] == "bulk export"
        assert not there.ward.got + there.azure.got


def test_a_key_that_is_nobodys_fails_the_authentication() -> None:
    settings = Settings(callers={"ward": CallerSettings(key_env="WARD_KEY")})
    with asked(settings=settings, retries=1, WARD_KEY="the-key-of-the-ward") as (client, _):
        with pytest.raises(openai.AuthenticationError) as caught:
            chat(client)
        assert (caught.value.code, retried(caught.value)) == ("unknown-caller", 0)
        chat(client.with_options(api_key="the-key-of-the-ward"))


def test_a_hold_is_a_conflict_and_is_not_tried_again_at_once() -> None:
    with asked(retries=1) as (client, there):
        with pytest.raises(openai.ConflictError) as caught:
            chat(client, most=77)
        assert (caught.value.code, retried(caught.value)) == ("held", 0)
        assert not there.ward.got


def test_a_spent_budget_is_a_rate_limit_that_is_not_tried_again() -> None:
    settings = Settings(budget=Budget(day="$0.10"))
    with asked(settings=settings, retries=1, more=PRICED, PAID_URL=NOWHERE) as (client, there):
        with pytest.raises(openai.RateLimitError) as caught:
            chat(client)
        assert (caught.value.code, retried(caught.value)) == ("insufficient_quota", 0)
        assert not there.ward.got + there.azure.got


def test_when_nobody_answers_the_client_tries_again() -> None:
    with asked(fails(500), retries=1) as (client, there):
        there.ward.behaviour = fails(503)
        with pytest.raises(openai.InternalServerError) as caught:
            chat(client)
        assert caught.value.status_code == 502
        assert (caught.value.code, retried(caught.value)) == ("no-target-answered", 1)
        assert (len(there.ward.got), len(there.azure.got)) == (2, 2)
        assert only_tokens(there)


def test_what_the_gateway_does_not_serve_is_not_tried_again() -> None:
    with asked(retries=1) as (client, there):
        with pytest.raises(openai.InternalServerError) as caught:
            client.files.list()
        assert caught.value.status_code == 501
        assert (caught.value.code, retried(caught.value)) == ("unknown-endpoint", 0)
        assert not there.ward.got


async def breaks(got: Got, writer: Writer) -> None:
    """Begin to stream, and close the connection."""
    begin_stream(writer)
    for event in events("hello ", "world")[:2]:
        put(writer, event)
    await writer.drain()
    writer.close()


def test_a_stream_that_breaks_off_is_an_error() -> None:
    with asked(breaks, retries=1) as (client, there):
        stream = client.chat.completions.create(
            model="any", max_tokens=HARD, messages=[{"role": "user", "content": SAID}], stream=True
        )
        with pytest.raises(openai.APIError) as caught:
            list(stream)
        assert caught.value.code == "stream_error"
        assert not there.ward.got


async def tells(got: Got, writer: Writer) -> None:
    """Stream what may not go on."""
    begin_stream(writer)
    for event in events(*MANY):
        put(writer, event)
    await writer.drain()
    writer.write(b"0\r\n\r\n")


def test_a_stream_that_may_not_go_on_ends_with_the_policys_refusal() -> None:
    with asked(tells) as (client, there):
        stream = client.chat.completions.create(
            model="any", max_tokens=HARD, messages=[{"role": "user", "content": "x"}], stream=True
        )
        said: list[str] = []
        with pytest.raises(openai.APIError) as caught:
            said.extend(each.choices[0].delta.content or "" for each in stream)
        assert caught.value.code == "policy_refusal"
        assert "".join(said).count("MRN 0048291") <= 2
        assert not there.ward.got
