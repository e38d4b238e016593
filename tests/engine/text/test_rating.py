"""Signals that models compute: in engine and commands alike, and unknown where one fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from epol.compiler.embedding import compile_bundle
from epol.compiler.pipeline import compile_policy
from epol.compiler.scanning import scanned
from epol.compiler.testing import run_test
from epol.engine import Engine, Request
from epol.engine.bundle.program import Similarity
from epol.engine.errors import ModelLimitError, ModelUnavailableError
from epol.engine.models.classifier import Allowance
from epol.engine.models.sentences import encoder
from epol.engine.text import rating
from epol.engine.text.rating import rate
from epol.lang.model import Policy
from epol.lang.request import Request as Read
from epol.lang.semantics import decide

POLICY = """
policy rated
signal task.complexity : ratio from model "complexity" cost 1ms
signal task.steps      : int from model "complexity"
signal text.design     : ratio from similarity "compare two software architectures"
  model "minilm" cost 20ms from user
target ward  { at local }
target azure { at cloud }
rule away { when target.at == cloud  prefer 10 }
rule stay { when (task.complexity < 0.5 or text.design > 0.9) and target.at == cloud  deny }
rule step { when task.steps > 3 and target.at == cloud  tag "steps" }
test "computed" {
  text "What is the capital of France?"
  expect route ward
}
test "left unknown" {
  text "What is the capital of France?"
  set task.complexity unknown, text.design = 0
  expect route ward
  expect fired stay
}
"""
EASY = "What is the capital of France?"
HARD = (
    "A train leaves at 9:40 and travels 210 miles at 60 miles an hour; another leaves the same "
    "station an hour later at 80 miles an hour. When, and how far from the station, does the "
    "second one catch up with the first?"
)
ALIKE = "Compare two software architectures."
ASKED = Similarity(("compare two software architectures",), ("user",))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rated") / "rated.epol"
    file.write_text(POLICY, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def policy(path: Path) -> Policy:
    found = compile_policy(path).policy
    assert found is not None
    return found


@pytest.fixture(scope="module")
def engine(path: Path) -> Engine:
    return Engine.load(compile_bundle(path))


@pytest.mark.parametrize(("text", "target"), [(EASY, "ward"), (HARD, "azure"), (ALIKE, "ward")])
def test_the_engine_and_the_commands_ask_the_same_models(
    engine: Engine, policy: Policy, text: str, target: str
) -> None:
    decision = engine.decide(Request({}, [("user", text)]))
    reference = decide(policy, scanned(Read(text=(("user", text),)), policy, models=True))
    assert decision.target == reference.target == target
    assert decision.order == reference.order


def test_a_number_that_is_no_share_stays_unknown(engine: Engine, policy: Policy) -> None:
    decision = engine.decide(Request({}, [("user", HARD)]))
    assert "task.steps" in decision.unknown
    assert "task.steps" not in scanned(Read(text=(("user", HARD),)), policy, models=True).inputs


def test_tests_run_models_and_leave_unknown_what_they_say(policy: Policy) -> None:
    assert [run_test(policy, test).problems for test in policy.tests] == [(), ()]


def test_what_is_given_is_not_computed(engine: Engine) -> None:
    given = {"task.complexity": 0.9, "text.design": 0}
    decision = engine.decide(Request(given, [("user", EASY)]))
    assert decision.target == "azure"
    assert {ran.name for ran in decision.ran} <= {"task.steps"}


def unavailable(*_: object) -> object:
    raise ModelUnavailableError("the model is not installed")


def breaks(*_: object) -> object:
    raise RuntimeError(f"it broke on {HARD}")


@pytest.mark.parametrize("failing", [unavailable, breaks])
def test_a_model_that_fails_leaves_its_signal_unknown_and_restricts(
    engine: Engine,
    failing: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(rating, "rater", failing)
    monkeypatch.setattr(rating, "encoder", failing)
    decision = engine.decide(Request({}, [("user", HARD)]))
    assert decision.order == ("ward",)
    assert "task.complexity" in decision.unknown
    other = engine.decide(Request({"task.complexity": 0.9}, [("user", HARD)]))
    assert other.order == ("ward",)
    assert "text.design" in other.unknown
    assert "train" not in caplog.text


def test_the_commands_leave_unknown_what_is_not_installed(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rating, "rater", unavailable)
    monkeypatch.setattr(rating, "encoder", unavailable)
    read = scanned(Read(text=(("user", HARD),)), policy, models=True)
    assert not {"task.complexity", "text.design"} & read.inputs.keys()
    assert decide(policy, read).order == ("ward",)


def test_likeness_is_of_meaning_and_of_the_nearest_part() -> None:
    loaded = encoder("minilm")
    phrases = [loaded.phrase(each) for each in ASKED.phrases]
    long = "The canteen opens at noon. " * 20

    def likeness(text: str) -> float:
        return loaded.nearest(text, phrases, Allowance(seconds=300))

    assert likeness(EASY) < 0.3 < 0.8 < likeness(ALIKE) <= 1 + 1e-9
    assert likeness(long) < likeness(f"{long}\n\n{ALIKE}\n\n{long}")


def test_without_text_of_its_roles_nothing_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rating, "encoder", unavailable)
    assert rate("minilm", ASKED, [("system", ALIKE), ("user", " ")]) == 0


def test_a_model_of_similarity_that_there_is_not_is_named() -> None:
    with pytest.raises(ModelUnavailableError, match="called `maxilm`; there is `minilm`"):
        rate("maxilm", ASKED, [("user", ALIKE)])


def test_another_script_and_too_much_text_are_not_compared() -> None:
    with pytest.raises(ModelLimitError, match="script"):
        rate("minilm", ASKED, [("user", "Сравните две архитектуры.")])
    loaded = encoder("minilm")
    with pytest.raises(ModelLimitError, match="longer"):
        loaded.nearest("word " * 2000, [loaded.phrase("word")], Allowance(windows=1))
    with pytest.raises(ModelLimitError, match="did not finish"):
        loaded.nearest("word", [loaded.phrase("word")], Allowance(seconds=-1))
