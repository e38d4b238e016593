"""The same requests for every way in which epol is asked, and what comes of each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from epol.gateway.settings import Settings, Tool
from tests.gateway.answered import Answered
from tests.gateway.running import MRN, chat
from tests.gateway.targets import Behaviour, FakeTarget, Got, Writer, echo, fails, write
from tests.gateway.test_serving import EASY, HARD, said_in, streams_echo

MORE = """
rule outside { on tool_call  when tool.at == cloud  deny  because "no tools of others" }
"""
"""What the policy says of tools."""
HOLDS = {"max_tokens": 77}
SETTINGS = Settings(probe=False, tools={"mail": Tool(at="local"), "post": Tool(at="cloud")})
"""The configuration under which all of it is asked."""
MANY = "MRN 00482911 MRN 00482912 MRN 00482913"
_TOKEN = re.compile(r"\[phi\.mrn:[a-z]+\]")
_HOLD = re.compile(r"\b[0-9a-f]{32}\b")
"""The name of what is held, which each deployment's own key makes."""


async def calls_tool(got: Got, writer: Writer) -> None:
    """Call the tool that is offered with what the last message said."""
    said = json.dumps({"to": got.json["messages"][-1]["content"]})
    name = got.json["tools"][0]["function"]["name"]
    call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": said}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    write(writer, 200, json.dumps({"choices": [choice]}).encode())


def _offers(name: str) -> Mapping[str, object]:
    tool = {"name": name, "parameters": {"type": "object"}}
    return {"tools": [{"type": "function", "function": tool}]}


@dataclass(frozen=True)
class Exchanged:
    """A request, and what its targets do."""

    body: object
    ward: Behaviour = echo
    azure: Behaviour = echo


TRAFFIC: Mapping[str, Exchanged] = {
    "easy": Exchanged(chat(MRN, **EASY)),
    "hard": Exchanged(chat(f"about {MRN}, please", **HARD)),
    "hard, in a tool's result": Exchanged(
        {
            "model": "any",
            **HARD,
            "messages": [
                {"role": "user", "content": "who is it?"},
                {"role": "tool", "tool_call_id": "c1", "content": json.dumps({"who": MRN})},
            ],
        }
    ),
    "stream": Exchanged(chat(MRN, stream=True, **HARD), streams_echo, streams_echo),
    "stream that says too much": Exchanged(
        chat(MANY, stream=True, **EASY), streams_echo, streams_echo
    ),
    "answer that says too much": Exchanged(chat(MANY, **HARD)),
    "tool call": Exchanged(chat(MRN, **HARD, **_offers("mail")), azure=calls_tool),
    "tool call to the cloud": Exchanged(chat(MRN, **HARD, **_offers("post")), azure=calls_tool),
    "block": Exchanged(chat(f"{MANY} MRN 00482914", **HARD)),
    "hold": Exchanged(chat(MRN, **HOLDS)),
    "no JSON": Exchanged(b'{"messages": ['),
    "a key twice": Exchanged(b'{"model":"any","messages":[],"messages":[]}'),
    "the target's own fault": Exchanged(
        chat(MRN, **HARD), azure=fails(400, b'{"error":{"message":"MRN 00482913?"}}')
    ),
}

FAILING = fails(503, b'{"error":{"message":"MRN 00482913"}}')
FALLBACKS: Mapping[str, Exchanged] = {
    "from the cloud": Exchanged(chat(MRN, **HARD), azure=FAILING),
    "to the cloud": Exchanged(chat(MRN, **EASY), ward=FAILING),
    "nobody is left": Exchanged(chat(MRN, **EASY), ward=FAILING, azure=FAILING),
}
"""Where the first target fails."""


@dataclass
class Outcome:
    """What the caller got, and what each target did, with all tokens alike."""

    status: int
    target: str | None
    said: object
    sent: Mapping[str, Sequence[object]] = field(default_factory=dict[str, Sequence[object]])


def outcome(answered: Answered, targets: Mapping[str, FakeTarget]) -> Outcome:
    """What came of a request."""
    is_ok = answered.status == 200
    sent = {name: [_sent(got) for got in target.got] for name, target in targets.items()}
    target = answered.headers.get("x-epol-target") if is_ok else None
    return Outcome(answered.status, target, _said(answered), sent)


def _said(answered: Answered) -> object:
    if answered.headers.get("content-type", "").startswith("text/event-stream"):
        ending = [line for line in answered.body.decode().split("\n") if '"error"' in line]
        errors = [json.loads(line.removeprefix("data: "))["error"] for line in ending]
        return said_in(answered.body), [_problem(each) for each in errors]
    found = answered.json
    if "error" in found:
        return _problem(found["error"])
    message = found["choices"][0]["message"]
    return message["content"], message.get("tool_calls")


def _problem(error: Any) -> object:  # noqa: ANN401 (JSON)
    rules = [each["rule"] for each in error.get("reasons", ())]
    return error.get("code"), _HOLD.sub("(its name)", error["message"]), rules


_ADDED = ("model", "stream_options")
"""What the way says to the target; LiteLLM always wants to know what a stream used."""


def _sent(got: Got) -> object:
    told = {key: value for key, value in got.json.items() if key not in _ADDED}
    return json.loads(_TOKEN.sub("[phi.mrn:token]", json.dumps(told)))


def raw_in_cloud(targets: Mapping[str, FakeTarget]) -> bool:
    """Whether a record number reached the cloud."""
    return any(b"004829" in got.body for got in targets["azure"].got)
