"""An automaton that is made as texts come finds what a pattern database finds, or says nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from epol.engine.bundle.hyper import PatternDatabase
from epol.engine.kernel import lazy_words as words
from epol.engine.kernel.load import automata
from epol.engine.text.automata import lazy
from epol.engine.text.automata.lazy import Lazy, begins_with_a_sign
from epol.engine.text.automata.limits import LONG, may_be_walked
from tests.engine.kernel.pure import fence, pure_automata

EXPRESSIONS = [
    r"(?:\A|[^\.0-9A-Z_a-z])00{3}[ \-]0{4}[ \-]0{4}\b",
    r"(?:\A|[^\.0-9A-Z_a-z])00{1,5}(?: ?/ ?| )0{2,4} ?0{2}",
    r"(?:\A|[^b])(?P<value>0{1,3}b?)",
    r"\b0{3} ?0{3}\b[^0-9]*(?:\b|_)(?:[Ii][Dd]|nr)",
    r"\b0{2}\.0\b",
    r"0(?:[ \-]?0){3,20}",
    r"\+ ?\(?0[ \(\)\--0]{2,9}0",
    r"\(0{3}\) ?0{3}",
    r"\A[\x{9}-\x{d} ]{0,4}0{3}[ \-]?0{3}",
    r"(?m:^)0{2}[A-Z]",
    r"0{4}\z",
    r"(?:0{12}\b|\b0{4}[ \-]0{4}[ \-]0{4})",
    r"(?:\b0{3}-0{3}\b|\b0{6})[^0-9]*ab",
    "0[^\\x{a}]?a",
    r"00b{2,}\b",
]
SLOW = [*EXPRESSIONS, r"[A-Z]{2}0{2}(?: ?0{4}){2}", r"\b[a-c]{1,3}0\b", "[^0]{1,3}00", r"\bb\b"]
"""Some begin with anything: what that costs is time alone."""

PIECES = st.text("0123 ab-.+()\nIdnr_X/", max_size=8) | st.sampled_from(
    [
        "4111 1111 1111 1111",
        "12 3456-78",
        " id",
        "and so on, as it is, ",
        "\n12X",
        "1234",
        "(030) 901",
    ]
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
ZEROS = bytes.maketrans(b"123456789", b"0" * 9)


@pytest.fixture(autouse=True)
def _unpausing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text is read, whatever became of the one before."""
    monkeypatch.setattr(lazy, "LONGEST_PAUSE", 0)


def read(expressions: list[str]) -> Lazy:
    """One that has read all its expressions."""
    automata()
    made = Lazy(expressions, in_zeros=True)
    for _ in range(0, len(expressions), lazy.AT_ONCE):
        assert made.scan(b"") is None
    assert made.scan(b"") == []
    return made


GIVEN = [(EXPRESSIONS, PatternDatabase(EXPRESSIONS)), (SLOW, PatternDatabase(SLOW))]


@pytest.fixture(scope="module")
def made() -> list[Lazy]:
    """Those of all examples: what is made for one text is there for the others."""
    return [read(expressions) for expressions, _ in GIVEN]


@given(TEXTS)
@example("and so on, as W 4111 1111 1111 1111 is")
@example("a 1234")
@example("  123 456")
@example("   123 456")
@example("\t   123-456")
@example("   12344111")
@settings(max_examples=300)
def test_it_finds_what_a_database_finds(made: list[Lazy], text: str) -> None:
    data = text.encode()
    zeros = data.translate(ZEROS)
    for each, (_, database) in zip(made, GIVEN, strict=True):
        # A text that is hard to read may be given up, but not for ever.
        found = next(hits for hits in (each.scan(data) for _ in range(99)) if hits is not None)
        assert sorted(found) == sorted(database.scan(zeros))
        assert each.scan(zeros) == found


@given(st.lists(TEXTS, min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_without_room_it_begins_anew_or_says_nothing(texts: list[str]) -> None:
    with patch.object(lazy, "MOST_STATES", 24), patch.object(lazy, "MOST_ITEMS", 600):
        small = read(EXPRESSIONS)
        for text in texts * 3:
            found = small.scan(text.encode())
            if found is not None:
                expected = GIVEN[0][1].scan(text.encode().translate(ZEROS))
                assert sorted(found) == sorted(expected)


def test_where_it_is_full_another_text_is_read_from_the_beginning() -> None:
    with patch.object(lazy, "MOST_STATES", 24):
        small = read(EXPRESSIONS)
        said = [small.scan(b" 12 34-5 id +1 (23 -" * times) for times in range(1, 9)]
        assert None in said
        assert small.scan(b"and 12.3 so") is not None


def test_a_text_that_needs_many_steps_is_given_up_and_known_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lazy, "STEPS", 4)
    each = read(EXPRESSIONS)
    said = [each.scan(b"4111 1111 1111 1111") for _ in range(20)]
    assert said[0] is None
    assert said[-1] is not None
    assert sorted(said[-1]) == sorted(GIVEN[0][1].scan(b"0000 0000 0000 0000"))


def test_after_texts_that_are_given_up_more_and_more_are_left_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lazy, "LONGEST_PAUSE", 7)
    seen, real = list[bytes](), automata().scan

    def counting(data: bytes, frame: int) -> int:
        seen.append(data)
        return real(data, frame)

    with patch.object(lazy, "loaded_automata", return_value=replace(automata(), scan=counting)):
        each = read(EXPRESSIONS)
        seen.clear()
        monkeypatch.setattr(lazy, "STEPS", 0)
        texts = [b"%d %d-%d" % (n, n * n, 10**n) for n in range(1, 30)]
        assert [each.scan(text) for text in texts] == [None] * len(texts)
    # With one, three, and then seven left between.
    assert seen == [texts[at] for at in (0, 2, 6, 14, 22)]


def test_more_hits_than_there_is_room_for_are_left_to_others() -> None:
    many = [f"0{{{count}}}" for count in range(1, words.MOST_HITS + 2)]
    each = read(many)
    for size in (words.MOST_HITS, words.MOST_HITS + 1, words.MOST_HITS + 1, words.MOST_HITS):
        said = next((hits for hits in (each.scan(b"1" * size) for _ in range(9)) if hits), None)
        assert (said is None) == (size > words.MOST_HITS)


@pytest.mark.parametrize(
    "expression",
    [
        r"(?:\A|[^x])0{0,3}",
        "(?:" * 5000 + "0" + ")" * 5000,
        "0(?!a)",
        "(?:0{0,99}1{0,99}){1,99}",
        "0{900}b{900}(?:[a-c]{1,900}0){3}",
    ],
)
def test_what_cannot_be_read_is_left_to_others_for_good(expression: str) -> None:
    automata()
    each = Lazy([*EXPRESSIONS[:3], expression])
    assert [each.scan(b"12 345") for _ in range(9)] == [None] * 9


def test_without_automata_it_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lazy, "loaded_automata", lambda: None)
    each = Lazy(EXPRESSIONS, in_zeros=True)
    assert [each.scan(b"12 345") for _ in range(9)] == [None] * 9
    assert Lazy([]).scan(b"12 345") is None


def test_threads_share_it() -> None:
    texts = [b"%d-%d id 4111 1111 %s" % (n, 10**n, b"1111 1111 "[n:]) for n in range(9)] * 40
    expected = [sorted(GIVEN[0][1].scan(text.translate(ZEROS))) for text in texts]
    automata()
    shared = Lazy(EXPRESSIONS, in_zeros=True)
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(shared.scan, texts))
    assert sum(hits is None for hits in said) < len(texts) // 2
    for hits, right in zip(said, expected, strict=True):
        assert hits is None or sorted(hits) == right


@settings(max_examples=12, deadline=None)
@given(TEXTS)
def test_it_stays_within_its_memory(text: str) -> None:
    data = text.encode()
    real = read(EXPRESSIONS[:8])
    small = patch.object(lazy, "MOST_STATES", 40), patch.object(lazy, "MOST_ITEMS", 900)
    with small[0], small[1], patch.object(lazy, "loaded_automata", pure_automata), fence():
        made = Lazy(EXPRESSIONS[:8], in_zeros=True)
        said = [made.scan(data) for _ in range(3)]
        assert said[-1] in (None, real.scan(data))


SIGNS = [*EXPRESSIONS[:2], *EXPRESSIONS[3:9], *EXPRESSIONS[10:]]


@pytest.mark.parametrize("expression", SIGNS)
def test_what_begins_with_a_sign(expression: str) -> None:
    assert begins_with_a_sign(expression)


@pytest.mark.parametrize("expression", [*SLOW[len(EXPRESSIONS) :], "a0", r"\b[A-Z]0", "(?:0|a)0"])
def test_what_does_not(expression: str) -> None:
    assert not begins_with_a_sign(expression)


def test_long_texts_and_others_are_not_walked() -> None:
    assert may_be_walked(b"a" * (LONG - 1))
    assert not may_be_walked(b"a" * LONG)
    assert not may_be_walked("é".encode())
