"""Words of a text: offsets are code points of the text as it was given."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.errors import ModelUnavailableError
from epol.engine.models.catalogue import NAMES
from epol.engine.models.tokenizer import Tokenizer
from epol.engine.models.weights import folder_of, read_verified

TOKENIZER = Tokenizer(read_verified(folder_of(NAMES), NAMES.tokenizer), NAMES.install)

TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aZé ﬁ漢한😀\u0301\u200b\ud800\u00ad.,-_'"),
    ),
    max_size=60,
)


@given(TEXTS)
def test_words_are_in_order_and_have_all_tokens(text: str) -> None:
    ids, words = TOKENIZER.split(text)
    assert [word.first for word in words] == [0, *(word.behind for word in words)][: len(words)]
    assert (words[-1].behind if words else 0) == len(ids)
    for word in words:
        assert 0 <= word.start <= word.end <= len(text)
    for one, two in pairwise(words):
        assert one.start <= two.start


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("John Smith", ["John", "Smith"]),
        ("😀 José Núñez-Pérez!", ["😀", "José", "Núñez", "-", "Pérez", "!"]),
        ("Jose\u0301 Ko", ["Jose", "Ko"]),
        ("oﬃce x", ["oﬃce", "x"]),
        ("\ud800 Anna", ["Anna"]),
        ("王小明", ["王", "小", "明"]),
        ("김민수 씨", ["김민수", "씨"]),
    ],
)
def test_a_word_is_where_it_stands(text: str, words: list[str]) -> None:
    assert [text[word.start : word.end] for word in TOKENIZER.split(text).words] == words


def test_what_is_no_tokenizer_is_refused() -> None:
    with pytest.raises(ModelUnavailableError, match="tokenizers does not load"):
        Tokenizer(b"{}", "")
