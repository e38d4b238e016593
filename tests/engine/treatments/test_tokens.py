"""Tokens: typed, stable, unguessable without the key, apart from each other, restored."""

import itertools
import re
import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.text.treatments import tokens as module
from epol.engine.text.treatments.book import MemoryBook
from epol.engine.text.treatments.tokens import (
    LENGTH,
    LETTERS,
    MAX_LABEL,
    Tokens,
    derive,
    shaped_like_tokens,
)
from tests.engine.treatments.inputs import KEY, LABELS, TEXTS

PAIRS = st.lists(st.tuples(st.sampled_from(LABELS), TEXTS), max_size=8)
OTHER_KEY = b"another key of sixteen bytes"
RELEASED = "xnxggstqxklszhxq"


def few(key: bytes, session: str, label: str, value: str, attempt: int) -> str:
    """A derivation under which all values collide."""
    return "g" * (LENGTH - 1) + LETTERS[attempt]


def test_a_token_is_typed_and_made_of_quiet_letters() -> None:
    token = Tokens(KEY).token("phi.mrn", "12-34567")
    assert re.fullmatch(r"\[phi\.mrn:[ghjklmnpqrstvwxz]{16}\]", token)
    assert not set(LETTERS) & set("aeiouyabcdef0123456789")
    assert len(set(LETTERS)) == len(LETTERS) == 16


def test_a_token_stays_as_it_was_released() -> None:
    # Sessions outlive a version: these letters may not change.
    assert derive(KEY, "s", "phi.mrn", "12-34567", 0) == RELEASED


@given(PAIRS)
def test_a_pair_has_one_token_and_a_token_one_pair(pairs: list[tuple[str, str]]) -> None:
    ours, again = Tokens(KEY, "s"), Tokens(KEY, "s")
    made = {pair: ours.token(*pair) for pair in pairs}
    assert len(set(made.values())) == len(made)
    for (label, value), token in reversed(made.items()):
        assert ours.token(label, value) == again.token(label, value) == token
        assert ours.original(token) == value
        assert token.startswith(f"[{label}:")


@given(PAIRS)
def test_no_token_is_the_beginning_of_another(pairs: list[tuple[str, str]]) -> None:
    ours = Tokens(KEY)
    made = sorted({ours.token(*pair) for pair in pairs})
    assert not any(two.startswith(one) for one, two in itertools.pairwise(made))


@given(st.lists(st.sampled_from(LABELS) | TEXTS, max_size=6), PAIRS)
def test_a_text_of_pieces_and_tokens_is_restored(
    pieces: list[str], pairs: list[tuple[str, str]]
) -> None:
    ours = Tokens(KEY)
    sent, meant = "", ""
    for piece, (label, value) in itertools.zip_longest(pieces, pairs, fillvalue=("z", "v")):
        plain = piece if isinstance(piece, str) else ""
        sent += plain + ours.token(label, value)
        meant += plain + value
    assert ours.restore(sent) == meant
    assert sum(1 for _ in ours.find(sent)) == max(len(pieces), len(pairs))


def test_key_session_label_and_value_all_matter() -> None:
    made = [
        Tokens(KEY, "s").token("l", "v"),
        Tokens(OTHER_KEY, "s").token("l", "v"),
        Tokens(KEY, "t").token("l", "v"),
        Tokens(KEY, "s").token("m", "v"),
        Tokens(KEY, "s").token("l", "w"),
    ]
    assert len({token[-LENGTH - 1 :] for token in made}) == len(made)
    assert derive(KEY, "a", "bc", "d", 0) != derive(KEY, "ab", "c", "d", 0)


def test_letters_are_spread_evenly() -> None:
    drawn = Counter("".join(derive(KEY, "", "l", str(at), 0) for at in range(2000)))
    mean = 2000 * LENGTH / len(LETTERS)
    # Six standard deviations of a binomial count; the values are fixed.
    assert all(abs(drawn[letter] - mean) < 6 * mean**0.5 for letter in LETTERS)


def test_a_foreign_token_means_nothing() -> None:
    foreign = Tokens(OTHER_KEY).token("l", "v")
    ours = Tokens(KEY)
    token = ours.token("l", "v")
    assert ours.original(foreign) is None
    assert ours.original("v") is None
    assert ours.original(token.replace("[l:", "[m:")) is None
    assert ours.original(token + "x") is None
    assert ours.restore(f"{foreign} {token}s {token[:-1]}") == f"{foreign} vs {token[:-1]}"


def test_letters_alone_name_a_value() -> None:
    ours = Tokens(KEY)
    token = ours.token("phi.mrn", "12-34567")
    letters = token[-LENGTH - 1 : -1]
    assert ours.value(letters) == ("phi.mrn", "12-34567")
    for other in (letters[:-1], letters.upper(), "é" * LENGTH, "", LETTERS, f"{letters}\n"):
        assert ours.value(other) is None
    taken = Tokens(KEY)
    assert taken.token("phi.mrn", "12-34567", {token}) != token
    assert taken.value(letters) is None


def test_the_book_may_be_a_vaults() -> None:
    book = MemoryBook()
    one, two = Tokens(lambda: KEY, "s", book), Tokens(KEY, "s", book)
    token = one.token("l", "v")
    assert two.restore(token) == "v"
    assert two.token("l", "v") == token
    usual = Tokens(KEY, "s").token("l", "w")
    # What one has given away because of a text, the other does not issue either.
    assert one.token("l", "w", {usual}) == two.token("l", "w") != usual


def test_a_value_that_is_a_token_is_left_as_it_is() -> None:
    ours = Tokens(KEY)
    token = ours.token("phi.mrn", "12-34567")
    assert ours.token("pii.name", token) == token
    foreign = Tokens(OTHER_KEY).token("phi.mrn", "12-34567")
    assert ours.original(ours.token("pii.name", foreign)) == foreign


def test_a_value_that_contains_a_token_is_restored_at_once() -> None:
    ours = Tokens(KEY)
    inner = ours.token("phi.mrn", "12-34567")
    outer = ours.token("pii.name", f"Ann ({inner})")
    assert outer == ours.token("pii.name", "Ann (12-34567)")
    assert ours.restore(f"<{outer}>") == "<Ann (12-34567)>"


def test_values_that_collide_are_derived_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "derive", few)
    ours = Tokens(KEY)
    values = ["one", "two", "three"]
    made = [ours.token("l", value) for value in values]
    # The letters alone tell values apart, whatever the label.
    made.append(ours.token("m", "one"))
    assert [token[-2] for token in made] == list(LETTERS[:4])
    assert [ours.original(token) for token in made] == [*values, "one"]
    assert [ours.token("l", value) for value in values] == made[:3]


def test_a_new_token_is_none_that_is_taken() -> None:
    usual = Tokens(KEY).token("l", "v")
    text = f"as in {usual}, they say"
    assert shaped_like_tokens(text) == {usual}
    ours = Tokens(KEY)
    token = ours.token("l", "v", shaped_like_tokens(text))
    assert token != usual
    assert ours.original(usual) is None
    assert ours.token("l", "v") == token
    assert ours.restore(f"{text}: {token}") == f"{text}: v"


@pytest.mark.parametrize("label", ["", "A", "a..b", "a:b", "a]", "a b", ".a", "a.", "ä", "a\n"])
def test_a_label_that_is_no_name_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="label's name"):
        Tokens(KEY).token(label, "v")


def test_the_longest_name_has_a_token() -> None:
    ours = Tokens(KEY)
    assert ours.original(ours.token("l" * MAX_LABEL, "v")) == "v"
    with pytest.raises(ValueError, match="label's name"):
        ours.token("l" * (MAX_LABEL + 1), "v")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Tokens(b"tiny")


def test_brackets_without_end_are_read_quickly() -> None:
    ours = Tokens(KEY)
    text = ("[" + "a." * 150) * 3000 + "[" * 100_000
    assert ours.restore(text) == text


def test_threads_agree() -> None:
    ours = Tokens(KEY)
    values = [str(at) for at in range(300)]
    seen: list[list[str]] = []
    start = threading.Barrier(6)

    def work() -> None:
        start.wait()
        seen.append([ours.token("l", value) for value in values])

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(made == seen[0] for made in seen)
    assert [ours.original(token) for token in seen[0]] == values


def test_no_repr_shows_a_value_or_a_key() -> None:
    ours = Tokens(KEY, "session-7")
    ours.token("l", "secret")
    held = [repr(held) for name, held in vars(ours).items() if name not in {"_key", "_session"}]
    shown = " ".join([repr(ours), *held])
    assert repr(ours) == "<Tokens: 1 values>"
    for hidden in ("secret", "session-7", "sixteen"):
        assert hidden not in shown
