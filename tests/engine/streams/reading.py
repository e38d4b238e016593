"""What a client makes of a stream: texts and tool calls, put together from their pieces."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeAlias

from epol.engine.streams.sse import Splitter

Json: TypeAlias = Any


def events(stream: bytes) -> list[dict[str, Json]]:
    """The JSON of a stream's events."""
    splitter = Splitter()
    found = [*splitter.feed(stream), *splitter.finish()]
    return [json.loads(e.data) for e in found if e.data is not None and e.data != "[DONE]"]


class Client:
    """Texts by their names, and calls with name and arguments."""

    def __init__(self, stream: bytes) -> None:
        self.texts: dict[str, str] = {}
        self.calls: dict[str, list[str]] = {}
        self.errors: list[Json] = []
        self.whole: dict[str, set[str]] = {}
        self.numbers: list[int] = []
        for each in events(stream):
            if "choices" in each:
                self._chat(each["choices"])
            elif "error" in each:
                self.errors.append(each["error"])
            elif each["type"].startswith("response."):
                self.numbers += [each["sequence_number"]] if "sequence_number" in each else []
                self._response(each)
            elif each["type"] == "error":
                self.errors.append(each)
            else:
                self._message(each)

    def _add(self, name: str, text: str | None) -> None:
        if text is not None:
            self.texts[name] = self.texts.get(name, "") + text

    def _called(self, key: str, name: str, arguments: str) -> None:
        call = self.calls.setdefault(key, ["", ""])
        call[0] += name
        call[1] += arguments

    def _chat(self, choices: Iterable[Json]) -> None:
        for choice in choices:
            delta: Json = choice.get("delta", {})
            index: int = choice["index"]
            self._add(f"{index}.content", choice.get("text"))
            for name, value in delta.items():
                if name not in {"role", "tool_calls"}:
                    self._add(f"{index}.{name}", value)
            calls: list[Json] = delta.get("tool_calls") or []
            for call in calls:
                function: Json = call["function"]
                key = f"{index}.{call['index']}"
                self._called(key, function.get("name") or "", function.get("arguments") or "")

    def _message(self, each: Json) -> None:
        index = str(each.get("index"))
        if each["type"] == "content_block_start":
            block = each["content_block"]
            if block["type"] == "tool_use":
                self._called(index, block["name"], "")
        elif each["type"] == "content_block_delta":
            delta = each["delta"]
            if delta["type"] == "input_json_delta":
                self._called(index, "", delta["partial_json"])
            elif delta["type"] != "signature_delta":
                name = delta["type"].removesuffix("_delta")
                self._add(f"{index}.{name}", delta[name])

    def _response(self, each: Json) -> None:
        kind, item = each["type"], str(each.get("output_index", each.get("item_id")))
        if kind == "response.output_item.added" and each["item"]["type"] == "function_call":
            self._called(item, each["item"]["name"], "")
        elif kind == "response.function_call_arguments.delta":
            self._called(item, "", each["delta"])
        elif kind == "response.function_call_arguments.done":
            self._said("arguments", each["arguments"])
        elif kind.endswith("_text.delta"):
            self._add(f"{item}.{kind.split('.')[1]}", each["delta"])
        elif kind.endswith("_text.done"):
            self._said(kind.split(".")[1], each["text"])
        else:
            shown = each.get("response", {}).get("output", [each.get("item", {})])
            for part in [each.get("part", {}), *shown]:
                self._part(part)

    def _part(self, part: Json) -> None:
        if "arguments" in part:
            self._said("arguments", part["arguments"])
        if "text" in part:
            kind: str = part["type"]
            name = "reasoning_summary_text" if kind == "summary_text" else kind
            self._said(name, part["text"])
        for inner in [*part.get("content", []), *part.get("summary", [])]:
            self._part(inner)

    def _said(self, name: str, text: str) -> None:
        if text:
            self.whole.setdefault(name, set()).add(text)
