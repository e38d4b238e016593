"""Machine code tells that runs of base64 hold no text, and never where they may."""

from __future__ import annotations

import base64
from array import array

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from epol.engine.kernel import runs_words as words
from epol.engine.kernel.load import automata
from epol.engine.text.views import base64s, may_hold_text
from epol.engine.text.views.base64s import base64_edits, has_unread_run
from tests.engine.kernel.pure import pure_automata

BYTES = st.one_of(
    st.binary(max_size=48),
    st.text(max_size=24).map(str.encode),
    st.text("ab 1\x00\x80\u00e9\u20ac\U0001f600\x7f\n", max_size=16).map(str.encode),
    st.text("abc \u0437", max_size=16).map(lambda text: text.encode("utf-16-le")),
    st.tuples(st.binary(max_size=6), st.text("key: 0", max_size=14), st.binary(max_size=6)).map(
        lambda parts: parts[0] + parts[1].encode() + parts[2]
    ),
)
ENCODED = st.tuples(BYTES, st.sampled_from([base64.b64encode, base64.urlsafe_b64encode])).map(
    lambda pair: pair[1](pair[0]).decode()
)
PIECES = st.one_of(
    ENCODED,
    ENCODED.map(lambda run: run.rstrip("=")),
    st.text("abcXYZ019+/_-", max_size=64),
    st.sampled_from([" ", "\n", "\r\n", "=", "/", "a", "AKIAQ3EGRDZ5TNVKYX7P", "JavaScript", "."]),
)
TEXTS = st.lists(PIECES, max_size=6).map("".join)


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    automata()


@given(TEXTS)
@example("mailto:" + base64.b64encode("n\u00e9e: \u20ac".encode()).decode())
@example("x" * 60)
@example("aB" * 8 + "\n" + "aB" * 8)
@settings(max_examples=600)
def test_where_it_says_no_there_is_nothing_to_decode(text: str) -> None:
    if not may_hold_text(text.encode()):
        assert base64_edits(text, set()).edits == []
        assert not has_unread_run(text)


@pytest.mark.parametrize(
    "text",
    [
        "the key AKIAQ3EGRDZ5TNVKYX7P is mine",
        "JavaScript and TypeScript are OpenSource",
        "id aB3dE5fG7hJ9kL2m, f47ac10B-58cc-4372-A567",
        "",
        "aB",
        "and so on, as it is. " * 300,
    ],
)
def test_it_says_no_of_keys_and_names(text: str) -> None:
    assert not may_hold_text(text.encode())


@pytest.mark.parametrize(
    "said",
    ["call me", "\u00fcber uns", "\u0442\u0435\u043b\u0435\u0444\u043e\u043d: 5", "MRN 00482913"],
)
@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_of_text_it_says_what_is_decoded(said: str, before: str) -> None:
    text = f"see {before}{base64.b64encode(said.encode()).decode()}"
    assert base64_edits(text, set()).edits
    assert may_hold_text(text.encode())


def test_what_is_long_is_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert may_hold_text(b"and so on " * 1000)
    monkeypatch.setattr(base64s, "loaded_automata", lambda: None)
    assert may_hold_text(b"and so on")


@given(TEXTS)
@settings(max_examples=25, deadline=None)
def test_it_stays_within_the_text(text: str) -> None:
    data, values = text.encode(), array("B", base64s.__dict__["_VALUES"])
    frame = array("q", (len(data), values.buffer_info()[0]))
    said = pure_automata().may_hold_text(data, frame.buffer_info()[0])
    assert bool(said) == may_hold_text(data)
    assert values[0] == words.NONE
