"""One case of the hunt: a body with a secret in it, enforced for every target."""

from __future__ import annotations

import io
import json
import logging
import re
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from epol.compiler.embedding import compile_bundle
from epol.engine import Engine, EpolError
from epol.engine.enforcing.enforced import Enforced
from tests.engine.streams.made import chat, chat_calls, messages, responses
from tests.engine.streams.reading import Client
from tests.hunt.bodies import Json, in_text, places, planted, style, written
from tests.hunt.checker import leaks
from tests.hunt.plants import Plant, plant
from tests.hunt.templates import ANSWERS, REQUESTS

POLICY = Path(__file__).with_name("hunt.epol")
CLOUD = ("redacts", "masks", "tokenizes", "hashes", "generalizes", "drops")


@cache
def bundle() -> bytes:
    """The hunt's policy, compiled once."""
    return compile_bundle(POLICY)


WHOLE = """
signal text.shouts : int from count /!/
rule loud { on response  when text.shouts > 1000  deny }
"""
"""A rule that only a whole text can answer."""


@cache
def whole_bundle() -> bytes:
    """The hunt's policy with a rule for which streams are held back until they are whole."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "whole.epol"
        path.write_text(POLICY.read_text(encoding="utf-8") + WHOLE, encoding="utf-8")
        return compile_bundle(path)


def logged(folder: Path) -> str:
    """All that a decision log has, but for its digests and codes, which are random, and times."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    text = re.sub(r'"time":"[-0-9T:.]+Z"|"us":[0-9]+', "", text)
    return re.sub(r"[0-9a-f]{16,}|[A-Za-z0-9+/_-]{20,}={0,2}", "", text)


@dataclass
class Case:
    """A body and the secrets in it; `outputs` is everything that anybody could see of it."""

    api: str
    body: bytes
    plants: list[Plant]
    outputs: list[bytes | str] = field(default_factory=list[bytes | str])
    bodies: int = 0

    def leaked(self) -> list[str]:
        """The labels of what came out."""
        return leaks(self.plants, *self.outputs)


def case(random: Random) -> Case:
    """A request with one to three secrets, anywhere, in any way."""
    api = random.choice(list(REQUESTS))
    template, plants = seeded(REQUESTS[api], random)
    if "messages" in template and random.random() < 0.3:
        each = plant(random)
        template = cut_in_two(template, each, random)
        plants.append(each)
    return Case(api, dumped(template, random), plants)


def cut_in_two(template: Json, each: Plant, random: Random) -> Json:
    """A secret that two text parts of one message have between them."""
    at = random.randrange(1, len(each.value))
    texts = [f"so {each.value[:at]}", f"{each.value[at:]} it is"]
    parts = [{"type": "text", "text": text} for text in texts]
    return {**template, "messages": [*template["messages"], {"role": "user", "content": parts}]}


def seeded(template: Json, random: Random) -> tuple[Json, list[Plant]]:
    """A template with secrets in it."""
    plants: list[Plant] = []
    for _ in range(random.choice([1, 1, 2, 3])):
        each = plant(random)
        at = random.choice(list(places(template)))
        template = planted(template, at, in_text(each, random))
        plants.append(each)
    return template, plants


def dumped(template: Json, random: Random) -> bytes:
    """A template as a body."""
    return json.dumps(written(template, random), **style(random)).encode()


@contextmanager
def watched(case: Case) -> Generator[None]:
    """Takes what is logged, and every error with its traceback, as output."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    except EpolError as error:
        case.outputs += ("".join(traceback.format_exception(error)), repr(error), str(error))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        case.outputs.append(log.getvalue())


def hunt(engine: Engine, case: Case) -> Case:
    """Enforce a case for every target in the cloud."""
    with watched(case):
        # A session of its own: one of all cases would soon hold as much as it may.
        enforced = engine.enforce(case.body, case.api, session=f"{id(case)} {case.plants}")
        # The policy's digest is the same in all cases; some secret will look like a part of it.
        decision = {**enforced.decision.to_json(), "policy": None}
        case.outputs += (json.dumps(decision, default=str), repr(enforced))
        for target in CLOUD:
            with watched(case):
                body = enforced.body_for(target)
                assert isinstance(body, bytes)
                json.loads(body)
                case.outputs.append(body)
                case.bodies += 1
    return case


def hunt_answer(engine: Engine, random: Random) -> Case:
    """An answer with secrets in it, on its way to the caller, or to a tool in the cloud."""
    api = random.choice(list(ANSWERS))
    template, plants = seeded(random.choice(ANSWERS[api]), random)
    case = Case(api, dumped(template, random), [p for p in plants if p.label != "hunt.card"])
    enforced = _asked(engine, api)
    with watched(case):
        case.outputs.append(enforced.response("redacts", case.body))
        case.bodies += 1
    return case


STREAMS: dict[str, Callable[[Sequence[str]], bytes]] = {
    "openai.chat": chat,
    "openai.responses": responses,
    "anthropic.messages": messages,
}


def hunt_stream(engine: Engine, random: Random) -> Case:
    """A streamed answer with secrets in it, or a streamed call of a tool in the cloud."""
    api = random.choice(list(STREAMS))
    plants = [each for each in (plant(random) for _ in range(3)) if each.label != "hunt.card"]
    words = [in_text(each, random)("some words") for each in plants]
    text = (
        f"{random.choice(['', 'before ' * 90])}{' '.join(words)}{' behind' * random.randrange(99)}"
    )
    if random.random() < 0.3:
        made = chat_calls([("send", _pieces(json.dumps({"x_to": text}), random))])
        case = Case("openai.chat", made, plants)
    else:
        case = Case(api, STREAMS[api](_pieces(text, random)), plants)
    enforced = _asked(engine, case.api)
    with watched(case):
        chunks = [piece.encode("latin-1") for piece in _pieces(case.body.decode("latin-1"), random)]
        case.outputs.append(b"".join(enforced.response_stream("redacts", chunks)))
        case.outputs.append("".join(_texts(case.outputs[-1])))
        case.bodies += 1
    return case


def _pieces(text: str, random: Random) -> list[str]:
    at, made, most = 0, list[str](), random.choice([3, 12, 200])
    while at < len(text):
        size = random.randrange(1, most)
        made.append(text[at : at + size])
        at += size
    return made


def _texts(output: bytes | str) -> Iterator[str]:
    """What a client puts together from the pieces of a stream."""
    assert isinstance(output, bytes)
    client = Client(output)
    yield from client.texts.values()
    yield from (arguments for _, arguments in client.calls.values())


def _asked(engine: Engine, api: str) -> Enforced:
    request = dumped(REQUESTS[api], Random(1))
    where = {"send": {"at": "cloud"}}
    return engine.enforce(request, api, session="s", tools=where)
