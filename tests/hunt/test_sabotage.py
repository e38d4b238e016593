"""Without any one of the calls that read or treat, the hunt finds a leak: it would tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import pytest

from epol.engine import Engine
from epol.engine.bodies.collect import Collector
from epol.engine.bodies.node import Node
from epol.engine.bodies.parts import Part, Run
from epol.engine.bodies.rewriting import Rewriting
from epol.engine.enforcing import answers, prepared, reading, streaming
from epol.engine.enforcing.streaming import AnswerFlow
from epol.engine.streams.window import Window
from epol.engine.text.service import TextService
from tests.hunt.hunting import bundle, case, hunt, hunt_answer, hunt_stream, whole_bundle

MOST = 400
Answered = Any
Sabotage = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load(bundle())


def nothing(*_args: object, **_options: object) -> None:
    """In place of a call."""


def no_treating(patch: pytest.MonkeyPatch) -> None:
    def as_it_is(_self: TextService, text: str, *_rest: object) -> str:
        return text

    patch.setattr(TextService, "treat", as_it_is)


def no_separating(patch: pytest.MonkeyPatch) -> None:
    def nowhere(*_args: object) -> list[int]:
        return []

    patch.setattr(reading, "touched", nowhere)


def no_writing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Rewriting, "put", nothing)


def no_runs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(prepared, "treat_runs", nothing)


def no_runs_of_answers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(answers, "treat_runs", nothing)


def no_nested(patch: pytest.MonkeyPatch) -> None:
    def as_if(*_args: object) -> bool:
        return True

    patch.setattr(Collector, "nested", as_if)


def no_keys(patch: pytest.MonkeyPatch) -> None:
    put = Rewriting.put

    def only_values(self: Rewriting, part: Part, text: str | None) -> None:
        if not part.node.is_key:
            put(self, part, text)

    patch.setattr(Rewriting, "put", only_values)


def no_joining(patch: pytest.MonkeyPatch) -> None:
    def one_by_one(self: Collector, role: str, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self.everything(role, node)

    patch.setattr(Collector, "texts", one_by_one)


def no_everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Collector, "everything", nothing)


REQUESTS = (
    no_treating,
    no_separating,
    no_writing,
    no_runs,
    no_nested,
    no_keys,
    no_joining,
    no_everything,
)
ANSWERS = (no_treating, no_writing, no_runs_of_answers, no_nested, no_keys, no_everything)


@pytest.mark.parametrize("sabotage", REQUESTS)
def test_a_request_would_leak_without(
    engine: Engine, sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch
) -> None:
    sabotage(monkeypatch)
    random = Random("sabotage")
    assert any(hunt(engine, case(random)).leaked() for _ in range(MOST))


def no_window(patch: pytest.MonkeyPatch) -> None:
    init = AnswerFlow.__init__

    def unwatched(self: AnswerFlow, *args: Answered) -> None:
        init(self, *args)
        self.watched = ()

    patch.setattr(AnswerFlow, "__init__", unwatched)


def no_calls(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(answers.Answering, "judge_call", nothing)


def no_pieces(patch: pytest.MonkeyPatch) -> None:
    def as_it_is(self: Window, _found: object, cut: int, _around: object) -> str:
        text: str = vars(self)["_text"]
        return text[vars(self)["_done"] : cut]

    patch.setattr(Window, "_treated_with", as_it_is)


STREAMS = (no_treating, no_window, no_pieces, no_calls)


def test_a_stream_that_is_held_back_would_leak_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_they_are(_text: object, run: Run, *_rest: object) -> dict[Part, str]:
        return {piece.part: piece.part.text for piece in run.pieces}

    monkeypatch.setattr(streaming, "treated", as_they_are)
    engine, random = Engine.load(whole_bundle()), Random("sabotage")
    assert any(hunt_stream(engine, random).leaked() for _ in range(MOST))


@pytest.mark.parametrize("sabotage", STREAMS)
def test_a_stream_would_leak_without(
    engine: Engine, sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch
) -> None:
    sabotage(monkeypatch)
    random = Random("sabotage")
    assert any(hunt_stream(engine, random).leaked() for _ in range(MOST))


@pytest.mark.parametrize("sabotage", ANSWERS)
def test_an_answer_would_leak_without(
    engine: Engine, sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch
) -> None:
    sabotage(monkeypatch)
    random = Random("sabotage")
    assert any(hunt_answer(engine, random).leaked() for _ in range(MOST))
