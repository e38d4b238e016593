"""Events of every kind: nothing of them goes out unread, and what is wrong ends the stream."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.engine.bundle.textplan import DetectorPlan, TextPlan
from epol.engine.bundle.treatment import Treatment
from epol.engine.streams import anthropic_messages, openai_chat, openai_responses, outgoing
from epol.engine.streams.answer import Answer
from epol.engine.streams.api import Api
from epol.engine.streams.source import MAX_DEPTH, Source
from epol.engine.streams.sse import MAX_EVENT
from epol.engine.streams.steps import items, members
from epol.engine.text.service import TextService
from tests.engine.streams.flows import MRN, TEXT_PLAN, TOKENS, Flow, everywhere, plan
from tests.engine.streams.made import MAKERS, Numbered, chat, choice, chunk, event
from tests.engine.streams.reading import Client, events
from tests.engine.text.plans import pattern

MODULES: Mapping[str, Api] = {
    "chat": openai_chat,
    "responses": openai_responses,
    "messages": anthropic_messages,
}
SECRET = "MRN 123456"
NUMBER = DetectorPlan("number", "pin", (pattern("[0-9]{6}"),))
WITH_NUMBERS = TextService(TextPlan((*TEXT_PLAN.detectors, NUMBER)))


def out(api: str, stream: bytes, flow: Flow | None = None) -> bytes:
    made = Answer(MODULES[api], flow or Flow(plan(phi__mrn=Treatment.REDACT)))
    return made.feed(stream) + made.finish()


# Names that the APIs have and others, in shapes that they have and in any others.
NAMES = st.sampled_from(
    "choices delta content tool_calls function arguments custom input name text reasoning audio "
    "transcript refusal logprobs bytes token error message response output item part summary "
    "annotations title code content_block thinking partial_json citation cited_text data stop "
    "instructions metadata x 漢 a-b".split()
)
KINDS = st.sampled_from(
    "response.created response.output_text.delta response.output_text.done response.failed "
    "response.output_item.added response.output_item.done response.content_part.done error ping "
    "response.completed response.function_call_arguments.delta response.audio.transcript.delta "
    "response.function_call_arguments.done content_block_start content_block_delta "
    "content_block_stop message_start message_delta message_stop text tool_use text_delta new.kind "
    "redacted function_call message output_text".split()
)


def typed(kind: str, members: dict[str, object]) -> dict[str, object]:
    return {"type": kind, **members}


VALUES = st.recursive(
    st.sampled_from([SECRET, f"so {SECRET}!", "fine", "", 0, 7, 1.5, True, None]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(NAMES, inner, max_size=4)
    | st.builds(typed, KINDS, st.dictionaries(NAMES, inner)),
    max_leaves=12,
)  # fmt: skip


def placed(kind: str, index: int, members: dict[str, object]) -> dict[str, object]:
    return {"type": kind, "index": index, "output_index": index, **members}


EVENTS = st.builds(placed, KINDS, st.integers(0, 2), st.dictionaries(NAMES, VALUES, max_size=5))


def strings(value: object) -> list[str]:
    inner = [each for name, member in members(value).items() for each in (name, *strings(member))]
    inner += [each for item in items(value) for each in strings(item)]
    return [value] if isinstance(value, str) else inner


@settings(max_examples=300)
@given(st.sampled_from(sorted(MODULES)), st.lists(EVENTS, max_size=4))
def test_nothing_goes_out_unread(api: str, shapes: list[dict[str, object]]) -> None:
    class Careful(Flow):
        def tool_call(self, name: str, identity: str, arguments: str) -> str:
            return arguments.replace(SECRET, "[call]")

    stream = b"".join(event(each) for each in shapes)
    came = out(api, stream, Careful(everywhere(Treatment.REDACT)))
    said = [s for each in events(came) for s in strings(each)]
    assert not [s for s in said if "123456" in s]


@pytest.mark.parametrize("api", MODULES)
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("{", "no JSON"),
        ('{"a": 1} x', "no JSON"),
        ('{"type": "x", "a": 1, "a": 2}', "key twice"),
        ('{"type": "x", "a": [{"b": {}, "b": 1}]}', "key twice"),
        ('{"type": "x", "a": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}", "too deep"),
        ("[" * 100_000 + "]" * 100_000, ""),
        ("[]", ""),
        ('"text"', ""),
        ('{"type": "x", "a": 123456}', "would have to be treated"),
        ('{"type": "x", "MRN 123456": 1}', "would have to be treated"),
        ('{"type": "x", "\\u004dRN 123456": 1}', "would have to be treated"),
    ],
)
def test_what_is_wrong_ends_the_stream(api: str, data: str, reason: str) -> None:
    flow = Flow(plan(phi__mrn=Treatment.REDACT, pin=Treatment.REDACT))
    flow.text = WITH_NUMBERS
    came = out(api, event(data) + event({"type": "x", "text": "more"}), flow)
    (error,) = Client(came).errors
    assert reason in str(error)
    assert b"more" not in came
    assert b"123456" not in came


@pytest.mark.parametrize("api", MODULES)
def test_a_stream_that_is_cut_off_ends_with_an_error_and_without_what_was_held(api: str) -> None:
    whole = MAKERS[api](["see [phi", ".m"])
    marks = {
        "chat": b'"finish_reason": "stop"',
        "responses": b"output_text.done",
        "messages": b"_stop",
    }
    end = whole.rindex(b"\n\n", 0, whole.index(marks[api])) + 2
    came = out(api, whole[:end], Flow(watched=()))
    assert "before the answer does" in str(Client(came).errors)
    assert list(Client(came).texts.values()) == ["see "]
    came = out(api, whole[: end + 9], Flow(watched=()))
    assert "middle of an event" in str(Client(came).errors)
    assert list(Client(came).texts.values()) == ["see "]


@pytest.mark.parametrize("api", MODULES)
def test_an_error_of_the_server_goes_out_and_ends_the_answer(api: str) -> None:
    failed = {"message": f"no {MRN}", "type": "overloaded"}
    whole = MAKERS[api](["see [phi", ".m"])
    middle = whole.index(b".m")
    middle = whole.rindex(b"\n\n", 0, middle) + 2
    stream = whole[:middle] + event({"type": "error", "error": failed}, "error") + whole[middle:]
    came = out(api, stream, Flow(watched=()))
    (error,) = Client(came).errors
    assert "no 00482913" in str(error)
    assert list(Client(came).texts.values()) == ["see "]
    assert b".m" not in came


def test_a_failure_of_ours_tells_nothing_of_the_text() -> None:
    class Failing(Flow):
        def tool_call(self, name: str, identity: str, arguments: str) -> str:
            raise RuntimeError(arguments)

    call = {"index": 0, "function": {"name": "f", "arguments": SECRET}}
    made = Answer(openai_chat, Failing(watched=()))
    came = made.feed(chunk(choice({"tool_calls": [call]}, finish="tool_calls")))
    assert isinstance(made.failure, RuntimeError)
    assert "could not be treated" in str(Client(came).errors)
    assert b"123456" not in came
    assert made.feed(chat(["more"])) == b""
    assert made.finish() == b""


def test_choices_are_apart() -> None:
    turns = [(0, "MRN 12"), (1, "MRN 65"), (0, "3456 x"), (1, "4321 y")]
    stream = b"".join(chunk(choice({"content": text}, index)) for index, text in turns)
    stream += chunk(choice({}, 1, "stop"), choice({}, 0, "stop")) + event("[DONE]")
    assert Client(out("chat", stream)).texts == {
        "0.content": "MRN [phi.mrn] x",
        "1.content": "MRN [phi.mrn] y",
    }


def test_all_texts_of_a_choice_are_channels() -> None:
    parts = [["MRN 12", "3456"], [MRN[:9], MRN[9:]]]
    for name in ("content", "refusal", "reasoning_content", "reasoning"):
        for first, second in parts:
            came = Client(out("chat", chat([first, second], name)))
            assert came.texts[f"0.{name}"] in {"MRN [phi.mrn]", "[phi.mrn]"}
    nested = [{"audio": {"id": "a", "transcript": "MRN 12"}}, {"audio": {"transcript": "3456."}}]
    stream = b"".join(chunk(choice(each)) for each in nested) + chunk(choice({}, finish="stop"))
    said = [each["choices"][0]["delta"].get("audio", {}) for each in events(out("chat", stream))]
    assert "".join(each.get("transcript", "") for each in said) == "MRN [phi.mrn]."
    detail = [
        {"reasoning_details": [{"type": "reasoning.text", "text": t, "index": 0}]} for t in parts[0]
    ]
    stream = b"".join(chunk(choice(each)) for each in detail) + chunk(choice({}, finish="stop"))
    said = [
        each["choices"][0]["delta"].get("reasoning_details") for each in events(out("chat", stream))
    ]
    assert "".join(each[0]["text"] for each in said if each) == "MRN [phi.mrn]"


def test_a_call_in_one_event_and_calls_of_other_kinds() -> None:
    flow = Flow(watched=())
    whole = {"index": 0, "id": "c", "function": {"name": "home", "arguments": f'"{MRN}"'}}
    came = out("chat", chunk(choice({"tool_calls": [whole]}, finish="tool_calls")), flow)
    assert Client(came).calls == {"0.0": ["home", '"00482913"']}
    old = [
        {"function_call": {"name": "home", "arguments": ""}},
        {"function_call": {"arguments": MRN}},
    ]
    stream = b"".join(chunk(choice(each)) for each in old) + chunk(choice({}, finish="stop"))
    said = [
        each["choices"][0]["delta"].get("function_call")
        for each in events(out("chat", stream, flow))
    ]
    assert [each["arguments"] for each in said if each] == ["", "", "00482913"]
    custom = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "home", "input": MRN}}
    stream = chunk(choice({"tool_calls": [custom]})) + chunk(choice({}, finish="tool_calls"))
    assert b'{"custom": {"input": "00482913"}' in out("chat", stream, flow).replace(
        b'"index": 0, "c', b'{"c'
    )
    none = {"index": 0, "id": "c", "function": {"name": "now", "arguments": ""}}
    stream = chunk(choice({"tool_calls": [none]})) + chunk(choice({}, finish="tool_calls"))
    assert out("chat", stream, flow) == stream
    assert flow.calls[-1] == ("now", "c", "{}")


def test_blocks_of_messages() -> None:
    flow = Flow(watched=())
    tool = {"type": "tool_use", "id": "t", "name": "home", "input": {"record": MRN}}
    data = {"type": "redacted_thinking", "data": MRN}
    cited = {"type": "citations_delta", "citation": {"cited_text": MRN, "type": "char_location"}}
    made: list[dict[str, object]] = [
        {"type": "content_block_start", "index": 0, "content_block": tool},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": data},
        {"type": "content_block_stop", "index": 1},
        {
            "type": "content_block_start",
            "index": 2,
            "content_block": {"type": "text", "text": MRN[:5]},
        },
        {"type": "content_block_delta", "index": 2, "delta": cited},
        {"type": "content_block_stop", "index": 2},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": MRN}},
    ]
    came = events(out("messages", b"".join(event(each) for each in made), flow))
    assert came[0]["content_block"]["input"] == {}
    assert json.loads(came[1]["delta"]["partial_json"]) == {"record": "00482913"}
    assert came[3]["content_block"]["data"] == MRN
    assert came[5]["content_block"]["text"] == ""
    assert came[6]["delta"]["citation"]["cited_text"] == "00482913"
    assert came[7]["delta"] == {"type": "text_delta", "text": MRN[:5]}
    assert came[-1]["delta"]["stop_sequence"] == "00482913"


def test_a_response_without_pieces() -> None:
    flow = Flow(plan(phi__mrn=Treatment.REDACT))
    make = Numbered()
    call = {
        "type": "function_call",
        "id": "f",
        "call_id": "c",
        "name": "home",
        "arguments": f'"{MRN}"',
    }
    part = {"type": "output_text", "text": f"{SECRET} {MRN}", "logprobs": [{"token": SECRET}]}
    items = [{"type": "message", "id": "m", "content": [part]}, call]
    head = {"id": "r", "output": items, "instructions": f"{MRN} {SECRET}", "error": None}
    stream = b"".join(
        make("response.output_item.done", output_index=at, item=item)
        for at, item in enumerate(items)
    ) + make("response.completed", response=head)
    came = events(out("responses", stream, flow))
    assert came[0]["item"]["content"][0]["text"] == "MRN [phi.mrn] [phi.mrn]"
    assert came[0]["item"]["content"][0]["logprobs"] == []
    assert came[1]["item"]["arguments"] == '"00482913"'
    assert came[2]["response"]["output"] == [came[0]["item"], came[1]["item"]]
    assert came[2]["response"]["instructions"] == "[phi.mrn] MRN [phi.mrn]"
    assert flow.calls == [("home", "c", f'"{MRN}"')]


def test_what_was_in_the_request_is_not_counted() -> None:
    flow = Flow(most={"phi.mrn": 0})
    made = Answer(openai_responses, flow)
    came = made.feed(Numbered()("response.created", response={"instructions": SECRET}))
    assert made.failure is None
    assert SECRET.encode() in came
    made.feed(Numbered()("response.created", response={"title": SECRET}))
    assert made.failure is not None


def test_a_failed_response_repeats_what_went_out_and_no_more() -> None:
    make = Numbered()
    where = {"item_id": "m", "output_index": 0, "content_index": 0}
    stream = make("response.output_text.delta", **where, delta="see [phi")
    call = {"type": "function_call", "id": "f", "name": "home", "arguments": ""}
    stream += make("response.output_item.added", output_index=1, item=call)
    stream += make("response.function_call_arguments.delta", output_index=1, delta=f'"{MRN}')
    items = [
        {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "see [phi"}]},
        {**call, "arguments": f'"{MRN}'},
    ]
    stream += make("response.failed", response={"output": items, "error": {"message": SECRET}})
    flow = Flow(plan(phi__mrn=Treatment.REDACT), watched=())
    last = events(out("responses", stream, flow))[-1]
    assert last["response"]["output"][0]["content"][0]["text"] == "see "
    assert last["response"]["output"][1]["arguments"] == ""
    assert flow.calls == []


def test_pairs_of_surrogates_that_are_cut_come_together() -> None:
    stream = chunk(choice({"content": "@@"})).replace(b"@@", b"[\\ud83d")
    stream += chunk(choice({"content": "@@"}, finish="stop")).replace(b"@@", b"\\ude00")
    came = out("chat", stream, Flow(watched=()))
    text = "".join(each["choices"][0]["delta"]["content"] for each in events(came))
    assert text.encode("utf-16", "surrogatepass").decode("utf-16") == "[\U0001f600"


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    flow = Flow(watched=())
    many = b"".join(
        chunk(choice({"content": "x"}, index)) for index in range(outgoing.MAX_OPEN + 1)
    )
    assert "too many texts" in str(Client(out("chat", many, flow)).errors)
    assert "more than" in str(
        Client(out("chat", b"data: " + b"x" * MAX_EVENT + b"\n\n", flow)).errors
    )
    monkeypatch.setattr(outgoing, "MAX_KEPT", 100)
    long = {"index": 0, "function": {"name": "f", "arguments": "x" * 101}}
    assert "longer than" in str(
        Client(out("chat", chunk(choice({"tool_calls": [long]})), flow)).errors
    )


def test_counts_of_restored_and_unknown_tokens() -> None:
    foreign = MRN[:-2] + ("g" if MRN[-2] != "g" else "h") + "]"
    made = Answer(openai_chat, Flow(watched=()))
    made.feed(chat([f"{MRN} {foreign} ", MRN]))
    made.finish()
    assert (made.restored, made.unknown) == (2, 1)
    assert TOKENS.original(foreign) is None


def test_comments_and_events_without_data_stay() -> None:
    stream = b": thinking\n\n" + chat(["see"]) + b"retry: 7\n\n:\n\n"
    assert out("chat", stream, Flow(watched=())) == stream


@pytest.mark.parametrize("api", MODULES)
def test_after_an_error_of_the_server_nothing_but_the_end_goes_out(api: str) -> None:
    failed = event({"type": "error", "error": {"message": "no"}})
    assert out(api, failed + failed + event({"type": "x"}), Flow(watched=())) == failed


def test_an_index_that_is_none_is_an_error() -> None:
    for stream in (chunk({"index": "0", "delta": {}}), chunk({"index": True, "delta": {}})):
        assert "no number" in str(Client(out("chat", stream)).errors)


def test_code_is_a_text_too() -> None:
    make, where = Numbered(), {"item_id": "c", "output_index": 0}
    kind = "response.code_interpreter_call_code"
    stream = b"".join(make(f"{kind}.delta", **where, delta=each) for each in ("# MRN 12", "3456"))
    stream += make(f"{kind}.done", **where, code=f"# {SECRET}")
    item = {"type": "code_interpreter_call", "id": "c", "code": f"# {SECRET}"}
    stream += make("response.output_item.done", output_index=0, item=item)
    came = events(out("responses", stream))
    assert "".join(each.get("delta", "") for each in came) == "# MRN [phi.mrn]"
    assert came[-2]["code"] == came[-1]["item"]["code"] == "# MRN [phi.mrn]"


def test_numbers_and_keys_of_the_request_are_no_matter() -> None:
    flow = Flow(plan(phi__mrn=Treatment.REDACT, pin=Treatment.REDACT), text=WITH_NUMBERS)
    tools = [{"parameters": {"maximum": 123456, SECRET: 123456}}]
    stream = Numbered()("response.created", response={"tools": tools})
    assert out("responses", stream, flow) == stream


def test_many_shapes_and_what_repeats_a_text_in_many_forms() -> None:
    # More shapes than are kept, and more texts of their own than are remembered.
    shapes_ = [chunk(choice({"content": "see"}, at), extra={f"x{at}": "y"}) for at in range(20)]
    ends = [chunk(choice({}, at, "stop")) for at in range(20)]
    stream = b"".join([*shapes_, *shapes_, *ends])
    assert out("chat", stream, Flow(watched=())) == stream


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "MOST_ONCE", 1)
    stream = b"".join(event({"type": "x", "text": f"{SECRET} {at}"}) for at in range(3))
    said = [each["text"] for each in events(out("messages", stream))]
    assert said == [f"MRN [phi.mrn] {at}" for at in range(3)]


def test_nothing_shows_text() -> None:
    assert repr(Source('{"a": "secret"}')) == "<Source of 15 characters>"
