"""Every API that is served, whole and as a stream, with a number that the target must not see."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from tests.gateway.running import MRN, gateway, run
from tests.gateway.targets import Behaviour, Got, Writer, begin_stream, echo, put, targets, write

BOTH = """
field api : string default "both"
"""


@dataclass(frozen=True)
class Api:
    """An API: a request with a text, an answer with a text, and the same as events."""

    path: str
    more: dict[str, object]

    def request(self, text: str, **more: object) -> dict[str, object]:
        """A request that goes to the cloud."""
        if self.path.endswith(("responses", "embeddings")):
            return {"model": "any", "input": text, **self.more, **more}
        return {
            "model": "any",
            "messages": [{"role": "user", "content": text}],
            **self.more,
            **more,
        }

    def said(self, got: Got) -> str:
        """The text of a request."""
        found: str = (
            got.json["input"] if "input" in got.json else got.json["messages"][0]["content"]
        )
        return found


APIS = {
    "chat": Api("/v1/chat/completions", {"max_tokens": 2000}),
    "responses": Api("/v1/responses", {"max_output_tokens": 2000}),
    "embeddings": Api("/v1/embeddings", {}),
    "messages": Api("/v1/messages", {"max_tokens": 2000}),
}


def answer(name: str, text: str) -> dict[str, object]:
    """An answer that says a text."""
    part: dict[str, object] = {"type": "output_text", "text": text, "annotations": []}
    item: dict[str, object] = {"type": "message", "id": "m", "role": "assistant", "content": [part]}
    made: dict[str, dict[str, object]] = {
        "chat": {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]},
        "responses": {"id": "r", "object": "response", "status": "completed", "output": [item]},
        "embeddings": {"object": "list", "data": [{"index": 0, "embedding": [0.5, -0.25]}]},
        "messages": {"type": "message", "content": [{"type": "text", "text": text}]},
    }
    return made[name]


def events(name: str, text: str) -> list[tuple[str, dict[str, object]]]:
    """The same as events: a text in two pieces."""
    pieces = (text[:9], text[9:])
    if name == "messages":
        block = {"type": "text", "text": ""}
        return [
            ("message_start", {"message": {"type": "message", "content": []}}),
            ("content_block_start", {"index": 0, "content_block": block}),
            *(
                ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": each}})
                for each in pieces
            ),
            ("content_block_stop", {"index": 0}),
            ("message_stop", {}),
        ]
    at: dict[str, object] = {"item_id": "m", "output_index": 0, "content_index": 0}
    made: list[tuple[str, dict[str, object]]] = [
        *(("response.output_text.delta", {**at, "delta": each}) for each in pieces),
        ("response.output_text.done", {**at, "text": text}),
        ("response.completed", {"response": answer("responses", text)}),
    ]
    return [(kind, {**data, "sequence_number": n}) for n, (kind, data) in enumerate(made)]


def whole(name: str) -> Behaviour:
    """Answer with what was said."""

    async def behave(got: Got, writer: Writer) -> None:
        write(writer, 200, json.dumps(answer(name, APIS[name].said(got))).encode())

    return behave


def stream(name: str) -> Behaviour:
    """Stream what was said."""

    async def behave(got: Got, writer: Writer) -> None:
        begin_stream(writer)
        for kind, data in events(name, APIS[name].said(got)):
            put(writer, f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode())
        writer.write(b"0\r\n\r\n")

    return behave


@pytest.mark.parametrize("name", list(APIS))
def test_a_request_of_each_api(name: str) -> None:
    async def test() -> None:
        api = APIS[name]
        async with (
            targets(echo, whole(name)) as (ward, azure),
            gateway(ward.url, azure.url, more=BOTH) as caller,
        ):
            text = f"about {MRN}"
            answered = await caller.post(api.request(text), api.path)
            assert answered.status == 200, answered.body
            assert answered.headers["x-epol-target"] == "azure"
            assert answered.json == answer(name, text)
            [got] = azure.got
            assert got.path == api.path
            assert got.json["model"] == "large"
            assert MRN.encode() not in got.body

    run(test())


@pytest.mark.parametrize("name", ["responses", "messages"])
def test_a_stream_of_each_api(name: str) -> None:
    async def test() -> None:
        api = APIS[name]
        async with (
            targets(echo, stream(name)) as (ward, azure),
            gateway(ward.url, azure.url, more=BOTH) as caller,
        ):
            text = f"about {MRN} and so on"
            answered = await caller.post(api.request(text, stream=True), api.path)
            assert answered.headers["content-type"] == "text/event-stream"
            assert MRN.encode() not in azure.got[0].body
            found = [
                json.loads(line[6:]) for line in answered.body.split(b"\n") if line[:5] == b"data:"
            ]
            deltas = [each["delta"] for each in found if "delta" in each]
            assert "".join(d if isinstance(d, str) else d["text"] for d in deltas) == text
            assert found[-1]["type"] == events(name, text)[-1][0]

    run(test())
