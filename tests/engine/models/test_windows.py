"""Windows count every token once, and none is too long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from epol.engine.models.tokenizer import Word
from epol.engine.models.windows import windows

PIECES = st.lists(st.tuples(st.sampled_from(["w", ".", "x."]), st.integers(1, 40)), max_size=60)


def laid_out(pieces: list[tuple[str, int]]) -> tuple[str, list[Word]]:
    """A text of words and full stops, each word of so many tokens."""
    text, words, token = "", list[Word](), 0
    for written, tokens in pieces:
        for part in written:
            start = len(text)
            text += part
            count = 1 if part == "." else tokens
            words.append(Word(start, start + 1, token, token + count))
            token += count
        text += " "
    return text, words


@given(PIECES, st.integers(2, 50), st.integers(1, 50), st.integers(0, 20))
def test_every_token_counts_once_and_is_read(
    pieces: list[tuple[str, int]], size: int, enough: int, overlap: int
) -> None:
    text, words = laid_out(pieces)
    plan = windows(text, words, size, enough, min(overlap, size - 1))
    counted = [token for window in plan for token in range(window.low, window.high)]
    assert counted == list(range(words[-1].behind if words else 0))
    for window in plan:
        assert window.start <= window.low < window.high <= window.end
        assert window.end - window.start <= size


def test_a_window_ends_with_a_sentence_if_it_can() -> None:
    text, words = laid_out([("w", 1)] * 3 + [("x.", 1)] + [("w", 1)] * 3)
    assert [window[:2] for window in windows(text, words, 6, 2, 2)] == [(0, 5), (5, 8)]


def test_where_no_sentence_ends_windows_overlap_at_words() -> None:
    text, words = laid_out([("w", 2)] * 8)
    plan = windows(text, words, 8, 2, 4)
    assert [window.start for window in plan] == [0, 4, 8]
    assert [window.low for window in plan] == [0, 6, 10]
