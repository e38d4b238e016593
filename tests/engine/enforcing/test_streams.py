"""`Enforced.response_stream`: streams are restored, judged and treated like whole answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from epol.compiler.embedding import compile_bundle
from epol.engine import DecisionLog, Enforced, Engine, RefusedResponseError, RefusedTargetError
from epol.engine.errors import RequestError
from tests.engine.streams.made import chat, chat_calls, messages, responses
from tests.engine.streams.reading import Client

POLICY = """
policy streamed
import std.edge
label phi.mrn
label pii.mail
label secret.key
detector mrn -> phi.mrn { match /MRN [0-9]{8}/ }
detector mail -> pii.mail { match /[a-z]{1,20}@[a-z]{1,20}\\.example/ }
detector key -> secret.key { match /KEY-[a-z0-9]{16}/ }
target ward { at local  context 1M  tools true }
target azure { at cloud  context 1M  tools true }
rule tokens { when target.at == cloud  tokenize phi }
rule quiet { on response  when target.at == cloud  mask pii.mail }
rule toxic { on response  when found phi.mrn and target.at == local  redact pii.mail }
rule bulk { on response  when count phi.mrn > 3  deny }
rule keys { on response  when found secret  deny }
rule near { on tool_call  when tool.name == "delete"  deny }
rule args { on tool_call  when tool.at == cloud  redact pii.mail }
"""
WHOLE = (
    POLICY
    + """
signal text.shouts : int from count /!/
rule loud { on response  when text.shouts > 2  deny }
"""
)
MADE: dict[str, Callable[[Sequence[str]], bytes]] = {
    "openai.chat": chat,
    "openai.responses": responses,
    "anthropic.messages": messages,
}
BODIES: dict[str, dict[str, object]] = {
    "openai.chat": {"messages": [{"role": "user", "content": "see MRN 12345678"}]},
    "openai.responses": {"input": "see MRN 12345678"},
    "anthropic.messages": {
        "max_tokens": 10,
        "messages": [{"role": "user", "content": "see MRN 12345678"}],
    },
}
APIS = sorted(MADE)


def built(folder: Path, text: str) -> bytes:
    path = folder / "streamed.epol"
    path.write_text(text, encoding="utf-8")
    return compile_bundle(path)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.load(built(tmp_path_factory.mktemp("policy"), POLICY))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.load(built(tmp_path_factory.mktemp("policy"), WHOLE))


def asked(engine: Engine, api: str, **tools: dict[str, object]) -> tuple[Enforced, str]:
    """A request with a record number, and its token."""
    enforced = engine.enforce(BODIES[api], api, session="s", tools=tools)
    sent = json.dumps(enforced.body_for("azure"))
    return enforced, sent[sent.index("[phi") : sent.index("]", sent.index("[phi")) + 1]


def cut(data: bytes, random: Random) -> Iterator[bytes]:
    """A stream in pieces of any size."""
    at = 0
    while at < len(data):
        size = random.choice([1, 2, 7, 40, 300])
        yield data[at : at + size]
        at += size


def pieces(text: str, random: Random) -> list[str]:
    """A text as a model writes it."""
    at, made = 0, list[str]()
    while at < len(text):
        size = random.randrange(1, 8)
        made.append(text[at : at + size])
        at += size
    return made


def streamed(enforced: Enforced, target: str, data: bytes, seed: int = 0) -> Client:
    out = b"".join(enforced.response_stream(target, cut(data, Random(seed))))
    again = b"".join(enforced.response_stream(target, [data]))
    assert out == again
    return Client(out)


def text_of(client: Client) -> str:
    (text,) = client.texts.values()
    return text


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("seed", range(5))
def test_originals_come_back_however_a_token_is_cut(engine: Engine, api: str, seed: int) -> None:
    enforced, token = asked(engine, api)
    said = f"It is {token}, and {token.upper()} again [not a token]."
    client = streamed(enforced, "azure", MADE[api](pieces(said, Random(seed))), seed)
    assert text_of(client) == "It is MRN 12345678, and MRN 12345678 again [not a token]."
    assert not client.errors
    assert enforced.tally.restored == 4  # of both runs


@pytest.mark.parametrize("api", APIS)
def test_what_is_found_is_treated(engine: Engine, api: str) -> None:
    enforced, _ = asked(engine, api)
    said = "Write to ab@cd.example, or to ef@gh.example please."
    client = streamed(enforced, "azure", MADE[api](pieces(said, Random(1))))
    assert text_of(client) == "Write to *************, or to ************* please."


def test_treatments_are_the_strictest_that_may_come(engine: Engine) -> None:
    """Here mail is only redacted beside a record number, and that may come later."""
    enforced, _ = asked(engine, "openai.chat")
    client = streamed(enforced, "ward", chat(["to ab@cd.example", " and MRN 12345678"]))
    assert text_of(client) == "to [pii.mail] and MRN 12345678"
    body: dict[str, object] = {"choices": [{"message": {"content": "to ab@cd.example"}}]}
    assert enforced.response("ward", body) == body


@pytest.mark.parametrize("api", APIS)
def test_a_refused_stream_stops_before_what_is_refused(engine: Engine, api: str) -> None:
    enforced, _ = asked(engine, api)
    said = "Some words go before. " * 20 + "KEY-0123456789abcdef and more. " + "Words. " * 50
    client = streamed(enforced, "azure", MADE[api](pieces(said, Random(2))))
    shown = "".join(client.texts.values())
    assert said.startswith(shown)
    assert "KEY-" not in shown
    (error,) = client.errors
    assert "keys" in json.dumps(error)
    assert "0123456789" not in json.dumps(error)


def test_counts_go_on_through_a_stream(engine: Engine) -> None:
    enforced, _ = asked(engine, "openai.chat")
    numbers = [f"MRN 1234567{n}. " + "Words. " * 40 for n in range(6)]
    client = streamed(enforced, "ward", chat(numbers))
    assert client.errors
    assert text_of(client).count("MRN") == 3


def test_tool_calls_in_a_stream(engine: Engine) -> None:
    enforced, token = asked(engine, "openai.chat", labs={"at": "local"})
    arguments = json.dumps({"who": token, "to": "ab@cd.example"})
    made = chat_calls([("labs", pieces(arguments, Random(3))), ("send", [arguments])])
    client = streamed(enforced, "azure", made)
    (_, near), (_, far) = client.calls.values()
    assert json.loads(near) == {"who": "MRN 12345678", "to": "ab@cd.example"}
    assert json.loads(far) == {"who": token, "to": "[pii.mail]"}
    client = streamed(enforced, "azure", chat_calls([("delete", ["{}"])]))
    assert "near" in json.dumps(client.errors)
    assert not any(arguments for _, arguments in client.calls.values())


@pytest.mark.parametrize("api", APIS)
def test_what_only_a_whole_text_tells_holds_it_back(whole: Engine, api: str) -> None:
    enforced, token = asked(whole, api)
    client = streamed(enforced, "azure", MADE[api](pieces(f"{token} at ab@cd.example!", Random(4))))
    assert text_of(client) == "MRN 12345678 at *************!"
    client = streamed(enforced, "azure", MADE[api](pieces("No! No! No! " + "x" * 500, Random(5))))
    assert not "".join(client.texts.values())
    assert "loud" in json.dumps(client.errors)


def test_async_streams_are_the_same(engine: Engine) -> None:
    enforced, token = asked(engine, "openai.chat")
    data = chat(pieces(f"It is {token}.", Random(6)))

    async def source() -> AsyncIterator[bytes]:
        for piece in cut(data, Random(7)):
            await asyncio.sleep(0)
            yield piece

    async def read() -> bytes:
        return b"".join([made async for made in enforced.response_stream("azure", source())])

    assert asyncio.run(read()) == b"".join(enforced.response_stream("azure", [data]))


def test_where_there_is_no_stream_to_be_had(engine: Engine) -> None:
    enforced = engine.enforce({"input": "text"}, "openai.embeddings")
    with pytest.raises(RequestError, match="streams"):
        enforced.response_stream("azure", [])
    with pytest.raises(RefusedTargetError):
        enforced.response_stream("nobody", [])


def test_what_may_not_go_on_whatever_it_says_is_refused_at_once(tmp_path: Path) -> None:
    closed = POLICY + "rule shut { on response  when target.at == cloud  deny }\n"
    engine = Engine.load(built(tmp_path, closed))
    with pytest.raises(RefusedResponseError, match="shut"):
        engine.enforce(BODIES["openai.chat"], "openai.chat").response_stream("azure", [])


def test_a_stream_is_a_line_of_the_log(tmp_path: Path) -> None:
    with DecisionLog(tmp_path / "log", key=bytes(32)) as log:
        engine = Engine.load(built(tmp_path, POLICY), log=log)
        enforced = engine.enforce(BODIES["openai.chat"], "openai.chat")
        b"".join(enforced.response_stream("ward", [chat(["MRN 12345678 and MRN 12345679"])]))
    text = "".join(path.read_text() for path in (tmp_path / "log").rglob("*") if path.is_file())
    assert '"response"' in text
    assert "1234567" not in text
