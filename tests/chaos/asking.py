"""Questions with secrets in them, and what is right as an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from string import ascii_lowercase
from typing import Any

from epol.gateway.spending import MOST_OUTPUT
from tests.engine.streams.reading import Client
from tests.hunt.hunting import dumped, seeded
from tests.hunt.plants import Plant, plant
from tests.hunt.templates import REQUESTS

ANYWHERE, HERE, THERE, LONG = 50, 51, 501, 500
"""Tokens that an answer may have: which target is preferred, or the only one, goes by them."""
CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
_APIS = {CHAT: "openai.chat", MESSAGES: "anthropic.messages", RESPONSES: "openai.responses"}
_TOOL = {"name": "look_up", "description": "looks up"}
_SCHEMA: Mapping[str, object] = {"type": "object", "properties": {}}


@dataclass
class Question:
    """A request under a number, and what is right as its answer.

    `text` is what the model says to it, `record` what it calls the tool with; where neither is
    known, any answer is right.  One that `is_bulk` must be blocked.
    """

    number: int
    path: str
    body: bytes
    plants: list[Plant] = field(default_factory=list[Plant])
    text: str | None = None
    record: str | None = None
    output: int = ANYWHERE
    streams: bool = False
    session: str | None = None
    is_bulk: bool = False

    def is_right(self, body: bytes) -> bool:
        """Whether a whole answer, or a stream to its end, is the right one."""
        texts, calls = _streamed(body) if self.streams else _whole(self.path, json.loads(body))
        if self.record is not None:
            return [json.loads(each) for each in calls] == [{"record": self.record}]
        return self.text is None or "".join(texts) == self.text


def _streamed(body: bytes) -> tuple[list[str], list[str]]:
    client = Client(body)
    return list(client.texts.values()), [said for _, said in client.calls.values()]


def _whole(path: str, answer: Any) -> tuple[list[str], list[str]]:  # noqa: ANN401 (JSON)
    if path == CHAT:
        message = answer["choices"][0]["message"]
        calls: list[Any] = message.get("tool_calls") or []
        return [message["content"] or ""], [each["function"]["arguments"] for each in calls]
    if path == MESSAGES:
        content = answer["content"]
        calls = [json.dumps(each["input"]) for each in content if each["type"] == "tool_use"]
        return [each["text"] for each in content if each["type"] == "text"], calls
    parts = [part for item in answer["output"] for part in item.get("content", [])]
    calls = [item["arguments"] for item in answer["output"] if item["type"] == "function_call"]
    return [part["text"] for part in parts], calls


def name_of(number: int) -> str:
    """The name of a question, in letters: digits may look like a part of a card's number."""
    found = ""
    while number or not found:
        number, letter = divmod(number, 26)
        found = ascii_lowercase[letter] + found
    return found


def question(number: int, random: Random) -> Question:
    """One of the kinds of questions, at random."""
    kinds: list[Callable[[int, Random], Question]] = [spoken, spoken, spoken, tooled, bulk, hidden]
    return random.choice(kinds)(number, random)


def spoken(number: int, random: Random, output: int | None = None) -> Question:
    """A text with secrets, which the model says again."""
    plants = [plant(random) for _ in range(random.choice([1, 2, 3]))]
    text = f"question {name_of(number)} about {' and '.join(each.value for each in plants)}, please"
    path = random.choice([CHAT, CHAT, MESSAGES, RESPONSES])
    made = Question(number, path, b"", plants, text=text)
    return _asked(made, text, random, output)


def tooled(number: int, random: Random) -> Question:
    """A text with a key, with which the model calls a tool on this machine."""
    key = plant(random)
    while key.label != "hunt.key":
        key = plant(random)
    path = random.choice([CHAT, MESSAGES])
    made = Question(number, path, b"", [key], record=key.value)
    tool: dict[str, object] = {**_TOOL, "input_schema": _SCHEMA}
    if path == CHAT:
        tool = {"type": "function", "function": {**_TOOL, "parameters": _SCHEMA}}
    return _asked(
        made, f"question {name_of(number)}: look up {key.value}", random, None, tools=[tool]
    )


def bulk(number: int, random: Random) -> Question:
    """More numbers of cards than anybody may send."""
    plants: list[Plant] = []
    while len(plants) < 4:
        each = plant(random)
        plants += [each] if each.label == "hunt.card" else []
    text = f"question {name_of(number)}: {', '.join(each.value for each in plants)}"
    made = _asked(Question(number, CHAT, b"", plants), text, random, None)
    made.is_bulk = True
    return made


def hidden(number: int, random: Random) -> Question:
    """Secrets anywhere in a body, in any disguise; its number stands first."""
    path, api = random.choice(list(_APIS.items()))
    template, plants = seeded(REQUESTS[api], random)
    body = dumped({"x_number": f"question {name_of(number)}.", **template}, random)
    output = MOST_OUTPUT if path == RESPONSES else template["max_tokens"]
    return Question(number, path, body, plants, output=output)


def _asked(
    made: Question, text: str, random: Random, output: int | None, **more: object
) -> Question:
    made.output = output or random.choice([ANYWHERE, LONG, LONG, HERE, THERE])
    made.streams = random.random() < 0.4
    made.session = f"s{made.number // 20}" if random.random() < 0.5 else None
    content = {"input": text} if made.path == RESPONSES else _messages(text)
    limit = "max_output_tokens" if made.path == RESPONSES else "max_tokens"
    body = {"model": "any", **content, limit: made.output, "stream": made.streams, **more}
    made.body = json.dumps(body).encode()
    return made


def _messages(text: str) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": text}]}
