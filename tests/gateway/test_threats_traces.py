"""The threat model of docs/threat-model.md: what traces tell, and whom."""

from __future__ import annotations

import json

import pytest

from epol.gateway.settings import Settings, Traces
from epol.gateway.spans import TRACEPARENT
from tests.gateway.running import chat, gateway, in_loop
from tests.gateway.targets import Got, Writer, targets, write
from tests.gateway.tracing import in_memory

HARD = {"max_tokens": 2000}
EASY = {"max_tokens": 50}
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SECRET = "zanzibar 00482913"
"""Planted where a caller or a target can say something."""


@in_loop
async def test_traces_say_nothing_of_what_was_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = in_memory(monkeypatch)

    async def says(got: Got, writer: Writer) -> None:
        body = {
            "id": SECRET,
            "model": got.json["metadata"]["model"],
            "system_fingerprint": SECRET,
            "choices": [{"message": {"content": SECRET}, "finish_reason": SECRET}],
            "usage": {"prompt_tokens": 48291300000, "completion_tokens": SECRET},
        }
        write(writer, 200, json.dumps(body).encode(), f"x-secret: {SECRET}")

    async def refuses(got: Got, writer: Writer) -> None:
        write(writer, 422, json.dumps({"error": {"message": SECRET, "code": SECRET}}).encode())

    headers = {
        "tracestate": f"a={SECRET.replace(' ', '-')}",
        "baggage": f"a={SECRET}",
        "x-epol-session": "zanzibar",
        "user-agent": SECRET,
        "x-any": SECRET,
    }
    models = ("large", f"large {SECRET}", "large-zanzibar", "large-00482913", "small", SECRET)
    on = Settings(traces=Traces(on=True))
    async with (
        targets(says, says) as (ward, azure),
        gateway(ward.url, azure.url, on) as caller,
    ):
        for model in models:
            for parent in (PARENT, f"00-{SECRET}", PARENT + SECRET):
                body = chat(SECRET, **HARD) | {"model": model, "metadata": {"model": model}}
                await caller.post(body, headers={**headers, TRACEPARENT: parent})
        await caller.post(chat(SECRET, **EASY) | {"metadata": {"model": SECRET}}, headers=headers)
        await caller.post(b"{" + SECRET.encode(), headers=headers)
        await caller.post(chat(SECRET), "/v1/zanzibar", headers)
        azure.behaviour = ward.behaviour = refuses
        await caller.post(chat(SECRET), headers=headers)
        await caller.post(chat(SECRET), headers={**headers, "content-encoding": SECRET})
        assert not any(TRACEPARENT in got.headers for got in azure.got), "the cloud is not told"
        assert any(TRACEPARENT in got.headers for got in ward.got)
    found = told()
    assert len(found) > 2 * len(models)
    for span in found:
        shown = span.to_json()
        assert "zanzibar" not in shown
        assert "0048291" not in shown
        assert "48291300000" not in shown
        assert not span.events
        assert not span.links
    asked = {str(dict(each.attributes or {}).get("gen_ai.request.model")) for each in found}
    assert asked == {"large", "small", "None"}
