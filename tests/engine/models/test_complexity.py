"""The model of complexity: what it sees, what it says, and how it is made."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.errors import ModelLimitError, ModelUnavailableError
from epol.engine.models.complexity import rating
from epol.engine.models.complexity.features import LONGEST, NAMES, features, shortened
from epol.engine.models.complexity.rating import COMPLEXITY, WEIGHTS, Rater, rater
from epol.engine.models.onnx import Network
from epol.engine.models.weights import read_verified
from epol.engine.text.rating import last_question, rate

TOOLS = Path(__file__).parents[3] / "tools/complexity"
HARD = (
    "If it is not the case that none of them left before she arrived, who could have seen it? " * 4
)


def seen(prompt: str) -> dict[str, float]:
    return dict(zip(NAMES, features(prompt), strict=True))


@given(st.text(max_size=300))
def test_any_text_has_all_features_and_a_rating(text: str) -> None:
    values = features(text)
    assert len(values) == len(NAMES)
    assert all(map(math.isfinite, values))
    assert 0 <= rater().rate(text) <= 1


def test_features_are_what_their_names_say() -> None:
    found = seen(
        "Which is NOT red, in 1999?\nA. one cat\nB. two cats\nC. 3 cats, not 4\nD. x = y\nAnswer:"
    )
    assert found["options"] == 4
    assert found["shouted"] == found["year"] == found["equals"] == found["which"] == 1
    assert found["numbers"] == pytest.approx(math.log1p(3))
    assert found["big_numbers"] == pytest.approx(math.log1p(1))
    assert found["commas"] == pytest.approx(math.log1p(2))
    assert found["negations"] == pytest.approx(math.log1p(2))
    assert found["question_end"] == 1
    assert found["what"] == 0


def test_only_the_ends_of_a_long_prompt_are_looked_at() -> None:
    text = "a" * LONGEST + "b" * LONGEST
    assert shortened(text) == "a" * (LONGEST // 2) + "\n" + "b" * (LONGEST // 2)
    assert seen(text)["characters"] == pytest.approx(math.log1p(2 * LONGEST))
    assert shortened("a" * LONGEST) == "a" * LONGEST


def test_what_needs_thought_is_held_for_harder_than_a_fact() -> None:
    assert rater().rate(HARD) > rater().rate("What is the capital of France?")


def test_what_is_asked_now_are_the_last_texts_of_the_user() -> None:
    texts = [("system", "s"), ("user", "a"), ("assistant", "b"), ("user", "c"), ("user", "d")]
    assert last_question(texts) == "c\nd"
    assert last_question([*texts, ("tool", "t")]) == "c\nd"
    assert last_question(texts[:1]) == ""


def test_a_rating_is_in_millionths_and_only_of_questions() -> None:
    assert rate(COMPLEXITY, None, [("user", HARD)]) == pytest.approx(rater().rate(HARD), abs=1e-6)
    assert rate(COMPLEXITY, None, [("assistant", HARD), ("user", " ")]) is None
    assert rate("another", None, [("user", HARD)]) is None


def test_another_script_is_not_rated() -> None:
    with pytest.raises(ModelLimitError, match="script"):
        rate(COMPLEXITY, None, [("user", "Какова столица Франции?")])


def test_weights_that_are_others_are_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / WEIGHTS.path).write_bytes(b"other")
    with pytest.raises(ModelUnavailableError, match="SHA-256 differs"):
        read_verified(tmp_path, WEIGHTS)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelUnavailableError, match=r"epol\[names\]"):
        Rater(b"")


def test_the_weights_are_small() -> None:
    assert (Path(rating.__file__).parent / WEIGHTS.path).stat().st_size < 1_000_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The model of the sample, made twice, each time in a new process."""
    folder = tmp_path_factory.mktemp("made")
    for name in ("a", "b"):
        subprocess.run(
            [sys.executable, TOOLS / "train.py", TOOLS / "sample", "--out", folder / name],
            check=True,
            capture_output=True,
        )
    return [(folder / name).read_bytes() for name in ("a", "b")]


def test_the_same_data_makes_the_same_bytes(made: list[bytes]) -> None:
    assert made[0] == made[1]
    assert hashlib.sha256(made[0]).hexdigest() != WEIGHTS.sha256


def test_the_network_says_what_the_trees_say(made: list[bytes], tmp_path: Path) -> None:
    program = (
        "import sys, numpy as np, train, data\n"
        "from pathlib import Path\n"
        "parts = [data.read_mmlu(Path('sample')), data.read_gsm8k(Path('sample'))]\n"
        "model = train.fit(parts)\n"
        "knots, said = train.knots(model, parts), model.predict(parts[0].table)\n"
        "shares = [(knots < each).mean() for each in said]\n"
        "np.save(sys.argv[1], np.c_[parts[0].table, shares])\n"
    )
    saved = tmp_path / "said.npy"
    subprocess.run([sys.executable, "-c", program, saved], cwd=TOOLS, check=True)
    table = np.load(saved)
    network = Network(made[0], "")
    said = np.array([network.rating(row[:-1].tolist()) for row in table])
    # A sum of 32-bit numbers may fall on the other side of some knots that are close together.
    assert np.abs(said - table[:, -1]).max() <= 0.02
    assert len(set(said)) > 50
