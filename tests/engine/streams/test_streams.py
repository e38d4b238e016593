"""Streams as clients see them: restored and treated, whatever the cuts, and blocked cleanly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from epol.engine.bundle.contents import read_bundle
from epol.engine.bundle.plan_codec import decode_plan
from epol.engine.bundle.treatment import Detail, Treatment
from epol.engine.errors import RequestError
from epol.engine.streams.channel import in_json
from epol.engine.streams.stream import run
from epol.engine.text.service import TextService
from tests.engine.engines import bundle_of
from tests.engine.streams.flows import MRN, NAME, ORIGINALS, Flow, plan
from tests.engine.streams.made import (
    MAKERS,
    chat,
    chat_calls,
    choice,
    chunk,
    event,
    messages,
    responses,
)
from tests.engine.streams.reading import Client, events

FOLDER = Path(__file__).parents[2] / "data" / "streams"
RECORDED = {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.sse"))}
APIS = {"chat": "openai.chat", "responses": "openai.responses", "messages": "anthropic.messages"}

SAID = f"Dear {NAME}, your number is {MRN}; MRN 123456 was another's. "
ARGUMENTS = json.dumps({"record": MRN, "who": NAME})


def parted(text: str, size: int = 4) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


TEXTS = parted(SAID * 4)
CALLS = [("home", parted(ARGUMENTS, 5)), ("away", parted(ARGUMENTS, 7))]
MADE = {
    "chat_made": chat(TEXTS),
    "chat_reasoning": chat(TEXTS, "reasoning_content"),
    "chat_calls": chat_calls(CALLS, SAID),
    "responses_made": responses(TEXTS, TEXTS, CALLS),
    "responses_crlf": responses(TEXTS, end="\r\n"),
    "messages_made": messages(TEXTS, TEXTS, CALLS),
    "messages_cr": messages(TEXTS, end="\r"),
}
STREAMS = {**RECORDED, **MADE}


def api(name: str) -> str:
    return APIS[name.partition("_")[0]]


def through(name: str, stream: bytes, flow: Flow, cuts: list[int] | None = None) -> bytes:
    ends: list[int] = [0, len(stream), *(cuts or [])]
    places = sorted(set(ends))
    chunks = [stream[a:b] for a, b in pairwise(places)]
    return b"".join(run(api(name), chunks, flow))


def restored(text: str) -> str:
    for token, original in ORIGINALS.items():
        text = text.replace(token, original)
    return text


def treated(text: str) -> str:
    """What a token brings back is treated, also where no pattern finds it."""
    return restored(text.replace(MRN, "[phi.mrn]")).replace("MRN 123456", "MRN [phi.mrn]")


def restoring() -> Flow:
    return Flow(watched=())


def treating() -> Flow:
    return Flow(plan(phi__mrn=Treatment.REDACT))


FLOWS: dict[str, Callable[[], Flow]] = {
    "restoring": restoring,
    "watching": Flow,
    "treating": treating,
}


@pytest.mark.parametrize("name", STREAMS)
def test_texts_are_restored_and_treated(name: str) -> None:
    sent = Client(STREAMS[name])
    for kind, flow in FLOWS.items():
        came = Client(through(name, STREAMS[name], flow()))
        change = treated if kind == "treating" else restored
        assert came.texts == {key: change(text) for key, text in sent.texts.items()}
        assert not came.errors
        assert came.calls == {
            key: [called, arguments_of(called, arguments)]
            for key, (called, arguments) in sent.calls.items()
        }
        assert came.numbers == list(range(len(came.numbers)))


def arguments_of(called: str, arguments: str) -> str:
    if called != "home":
        return arguments
    for token, original in ORIGINALS.items():
        arguments = arguments.replace(token, in_json(original))
    return arguments


@pytest.mark.parametrize("name", [name for name in STREAMS if name.startswith("responses")])
def test_later_events_repeat_what_went_out(name: str) -> None:
    for flow in FLOWS.values():
        came = Client(through(name, STREAMS[name], flow()))
        for kind, texts in came.whole.items():
            pieces = {t for key, t in came.texts.items() if key.endswith(kind)}
            pieces |= {a for _, a in came.calls.values()} if kind == "arguments" else set()
            assert texts == pieces


@pytest.mark.parametrize("name", STREAMS)
def test_cuts_make_no_difference(name: str) -> None:
    stream = STREAMS[name]
    rng = Random(name)
    for flow in FLOWS.values():
        whole = through(name, stream, flow())
        for _ in range(3):
            cuts = [rng.randrange(len(stream)) for _ in range(rng.choice([1, 3, 30]))]
            assert through(name, stream, flow(), cuts) == whole


@pytest.mark.parametrize("name", MADE)
def test_byte_by_byte(name: str) -> None:
    for flow in FLOWS.values():
        whole = through(name, MADE[name], flow())
        assert through(name, MADE[name], flow(), list(range(len(MADE[name])))) == whole


PLAIN = parted("All is well, and \U0001f600 blåbær 漢字 too. ", 3)
CLEAN = {
    "chat_clean": chat(PLAIN),
    "responses_clean": responses(PLAIN, PLAIN, end="\r\n"),
    "messages_clean": messages(PLAIN, PLAIN, end="\r"),
} | {
    name: stream
    for name, stream in RECORDED.items()
    if not any("[" in text for text in Client(stream).texts.values())
}


@pytest.mark.parametrize("name", CLEAN)
def test_where_nothing_is_to_be_done_every_byte_stays(name: str) -> None:
    assert through(name, CLEAN[name], restoring()) == CLEAN[name]
    came = through(name, CLEAN[name], treating())
    assert Client(came).texts == Client(CLEAN[name]).texts


def test_logprobs_are_left_out_as_they_repeat_the_text() -> None:
    came = through("chat", RECORDED["chat_logprobs"], Flow(watched=()))
    assert b'"logprobs":null' in came
    assert b'"bytes"' not in came
    assert b"00482913" in came


def test_a_clone_brings_what_was_held_back_before_the_end() -> None:
    stream = chat(["see [phi.mrn:", "mvm"])
    came = events(through("chat", stream, Flow(watched=())))
    texts = [each["choices"][0]["delta"].get("content") for each in came]
    assert texts == ["", "see ", "", "[phi.mrn:mvm", None]
    assert came[3] == {**came[2], "choices": [choice({"content": "[phi.mrn:mvm"})]}


def test_the_end_in_the_event_of_the_last_piece() -> None:
    stream = chunk(choice({"content": "see ["}, finish="stop")) + event("[DONE]")
    assert through("chat", stream, Flow(watched=())) == stream


def test_done_ends_what_is_still_open() -> None:
    stream = chunk(choice({"content": "see ["})) + event("[DONE]")
    came = through("chat", stream, Flow(watched=()))
    assert Client(came).texts == {"0.content": "see ["}
    assert came.endswith(event("[DONE]"))


REFUSALS = {
    "openai.chat": ("message", "policy_refusal"),
    "openai.responses": ("message", "policy_refusal"),
    "anthropic.messages": ("message", "permission_error"),
}
FILLER = ["All is well with you, it seems. "] * 20


def long(name: str) -> bytes:
    texts = [*FILLER, *parted("your MRN 654321 is "), *FILLER]
    return MAKERS[name](texts)


@pytest.mark.parametrize("name", APIS)
def test_a_refused_answer_stops_with_the_error_event_of_its_api(name: str) -> None:
    flow = Flow(most={"phi.mrn": 0})
    came = through(name, long(name), flow)
    client = Client(came)
    (text,) = client.texts.values()
    assert "".join([*FILLER, "your MRN "]).startswith(text)
    assert text
    assert b"654321" not in came
    (error,) = client.errors
    inner = error.get("error", error)
    assert inner["message"] == "rule bulk: too much of phi.mrn"
    assert REFUSALS[APIS[name]][1] in inner.values()
    assert came.endswith(b"data: [DONE]\n\n") == (name == "chat")


@pytest.mark.parametrize("name", APIS)
def test_a_refused_answer_stops_at_the_same_byte_however_it_is_cut(name: str) -> None:
    stream = long(name)
    whole = through(name, stream, Flow(most={"phi.mrn": 0}))
    rng = Random(1)
    for _ in range(20):
        cuts = [rng.randrange(len(stream)) for _ in range(30)]
        assert through(name, stream, Flow(most={"phi.mrn": 0}), cuts) == whole


@pytest.mark.parametrize("name", ["chat_calls", "responses_made", "messages_made"])
def test_tool_calls_are_asked_about_when_they_are_complete(name: str) -> None:
    flow = Flow(watched=())
    through(name, MADE[name], flow)
    assert [(called, arguments) for called, _, arguments in flow.calls] == [
        ("home", ARGUMENTS),
        ("away", ARGUMENTS),
    ]
    assert all(identity for _, identity, _ in flow.calls)
    denied = Flow(watched=(), denied=["away"])
    client = Client(through(name, MADE[name], denied))
    (error,) = client.errors
    assert "rule tools" in json.dumps(error)
    assert ["away", ARGUMENTS] not in client.calls.values()


def test_the_rest_of_a_refused_stream_is_not_asked_for() -> None:
    asked, is_closed = 0, False

    def chunks() -> Iterator[bytes]:
        nonlocal asked, is_closed
        try:
            for part in parted(long("chat").decode(), 50):
                asked += 1
                yield part.encode()
        finally:
            is_closed = True

    list(run("openai.chat", chunks(), Flow(most={"phi.mrn": 0})))
    assert is_closed
    assert asked < len(long("chat")) / 50


def test_an_unknown_api_is_an_error() -> None:
    with pytest.raises(RequestError, match=r"openai\.chat"):
        run("cohere", [], Flow())


POLICY = """
policy streams version "1"
label phi.mrn
label phi.ward
detector mrn -> phi.mrn {
  match /\\bMRN\\s{0,2}(?P<value>[0-9]{6,10})\\b/i
  score 40
  near "patient" within 30 adds 30
}
detector ward -> phi.ward { words "ward seven" nocase }
target t { at cloud }
rule nameless { on response  redact phi.mrn  mask phi.ward }
"""


@pytest.mark.parametrize("name", APIS)
def test_a_compiled_policy(name: str) -> None:
    plan_of = read_bundle(bundle_of(POLICY), trust=None).text
    assert plan_of is not None
    details = {"phi.mrn": Detail(Treatment.REDACT), "phi.ward": Detail(Treatment.MASK)}
    text = TextService(decode_plan(plan_of))
    flow = Flow(details, tuple(details), text=text)
    said = (
        f"MRN 123456 of the patient {NAME} in Ward Seven, MRN 654321 of nobody else that I know. "
    )
    stream = MAKERS[name](parted(said * 3))
    came = Client(through(name, stream, flow))
    (whole,) = came.texts.values()
    expected = f"MRN [phi.mrn] of the patient {ORIGINALS[NAME]} in **********, MRN "
    assert whole.startswith(expected)
    treated_whole = text.treat(
        restored(said * 3), details, flow.keys, text.scan(restored(said * 3)).findings
    )
    assert whole == treated_whole


def test_the_tokens_of_the_recordings_are_the_sessions() -> None:
    whole = b"".join(RECORDED.values())
    assert MRN.encode() in whole
    assert NAME.encode() in whole
    assert {name.partition("_")[0] for name in RECORDED} == set(APIS)
