"""Whatever fails, with the text in its mouth: the outcome is block, and nothing comes out."""

from __future__ import annotations

from random import Random

import pytest

from epol.engine import Engine, RefusedResponseError, RefusedTargetError
from epol.engine.bodies.body import RequestBody
from epol.engine.bodies.edits import Edits
from epol.engine.bodies.rewriting import Rewriting
from epol.engine.enforcing import answers, enforce, prepared, reading, treating
from epol.engine.policy import Policy
from epol.engine.text.scanner import Scanner
from epol.engine.text.service import TextService
from epol.engine.vault.memory import MemoryVault
from tests.hunt.hunting import bundle, case, hunt, hunt_answer

CASES = 12

WHOLE: tuple[tuple[object, str], ...] = (
    (enforce, "read"),
    (enforce, "api_of"),
    (enforce, "read_runs"),
    (reading, "together"),
    (TextService, "scan"),
    (Scanner, "_confirm"),
    (Policy, "decide"),
    (MemoryVault, "session"),
    (RequestBody, "limit"),
    (prepared, "treat_runs"),
    (prepared, "check_readable"),
    (treating, "treated"),
    (TextService, "treat"),
    (Edits, "rendered"),
    (Rewriting, "settle"),
)
"""Steps that every request takes."""

ANSWERING: tuple[tuple[object, str], ...] = (
    (answers, "read_runs"),
    (answers, "treat_runs"),
    (answers, "check_readable"),
    (TextService, "scan"),
    (Policy, "decide"),
    (Rewriting, "rendered"),
)


class BrokenError(Exception):
    """An error whose words are what it was given, as careless errors have it."""


def breaks(*args: object, **options: object) -> object:
    """In place of a step."""
    raise BrokenError(repr(args), *[getattr(arg, "text", "") for arg in args], repr(options))


@pytest.fixture
def engine() -> Engine:
    return Engine.load(bundle())


@pytest.mark.parametrize(("place", "name"), WHOLE, ids=str)
def test_a_request_is_blocked(
    engine: Engine, place: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random("failures")
    monkeypatch.setattr(place, name, breaks)
    for _ in range(CASES):
        done = hunt(engine, case(random))
        assert done.bodies == 0
        assert '"status": "block"' in "".join(map(str, done.outputs))
        assert not done.leaked(), done.outputs


@pytest.mark.parametrize(("place", "name"), ANSWERING, ids=str)
def test_an_answer_is_refused(
    engine: Engine, place: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random("failures")
    request = engine.enforce(b'{"messages": []}', "openai.chat")
    monkeypatch.setattr(place, name, breaks)
    for _ in range(2):
        with pytest.raises((RefusedResponseError, RefusedTargetError)) as told:
            request.response("redacts", b'{"choices": [{"message": {"content": "x KEY-a"}}]}')
        assert "KEY" not in str(told.value)
    monkeypatch.undo()
    assert not hunt_answer(engine, random).leaked()
