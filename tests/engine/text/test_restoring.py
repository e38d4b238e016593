"""Tokens back to originals: as they are, as models mangle them, whole and in pieces."""

import json
import sys
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.text.restoring import MAX_HELD, Restorer, restore
from epol.engine.text.treatments.tokens import LETTERS, MAX_LABEL, Tokens

KEY = b"a key of sixteen bytes and more."
TOKENS = Tokens(KEY, "s")
MRN = TOKENS.token("phi.mrn", "00482913")
NAME = TOKENS.token("pii.first_name", "Åsa [née O'Hara]")
FOREIGN = Tokens(KEY, "t").token("phi.mrn", "00482913")
LABELS = ["phi.mrn", "pii.first_name", "phi"]
LETTERS_OF_MRN = MRN[-17:-1]
BARE = MRN[1:-1]
BARE_NAME = NAME[1:-1]


def plain(text: str) -> str:
    return restore(text, TOKENS, LABELS).text


def in_pieces(text: str, cuts: list[int], restorer: Restorer) -> str:
    made, at = "", 0
    for cut in [*sorted(cuts), len(text)]:
        made += restorer.feed(text[at:cut])
        at = cut
    return made + restorer.finish()


@pytest.mark.parametrize(
    "form",
    [
        MRN,
        MRN.upper(),
        f"[PHI.MRN:{LETTERS_OF_MRN}]",
        f"[Phi.Mrn:{LETTERS_OF_MRN.capitalize()}]",
        f"[ {BARE}]",
        f"[{BARE} ]",
        f"[\n{BARE}\n]",
        f"[\u00a0{BARE}\t]",
        f"[phi.mrn :{LETTERS_OF_MRN}]",
        f"[phi.mrn: {LETTERS_OF_MRN}]",
        f"[  phi.mrn  :  {LETTERS_OF_MRN}  ]",
        f"\\[{BARE}\\]",
        f"\\[ {BARE} \\]",
        f"\\[{BARE}]",
        f"[{BARE}\\]",
        BARE,
        BARE.upper(),
        f"phi.mrn: {LETTERS_OF_MRN}",
    ],
)
def test_forms_that_are_tolerated(form: str) -> None:
    assert restore(f"a {form}, b", TOKENS, LABELS) == ("a 00482913, b", 1, 0)
    assert restore(form, TOKENS, LABELS) == ("00482913", 1, 0)


@pytest.mark.parametrize(
    "form",
    [
        NAME,
        NAME.replace("_", "\\_"),
        f"\\[{BARE_NAME}\\]".replace("_", "\\_"),
        BARE_NAME,
        BARE_NAME.replace("_", "\\_"),
    ],
)
def test_an_original_is_inserted_as_it_is(form: str) -> None:
    assert plain(f"({form})") == "(Åsa [née O'Hara])"


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        (f"[{BARE}", "[00482913"),
        (f"{BARE}]", "00482913]"),
        (f"[{BARE}, {BARE}]", "[00482913, 00482913]"),
        (f"[see {BARE}]", "[see 00482913]"),
        (f"[     {BARE}]", "[     00482913]"),
        (f"[[{BARE}]]", "[00482913]"),
        (f"[phi.mrn:{MRN}]", "[phi.mrn:00482913]"),
        (f"{MRN}{NAME}", "00482913Åsa [née O'Hara]"),
        (f"**{MRN}**", "**00482913**"),
        (f"\\\\{MRN}", "\\\\00482913"),
        (f"\\\\\\{MRN}", "\\\\\\00482913"),
    ],
)
def test_what_stands_around_a_token_stays(text: str, restored: str) -> None:
    assert plain(text) == restored


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        (FOREIGN, 1),
        (FOREIGN[1:-1], 1),
        (MRN.replace("mrn", "mrm"), 1),
        (MRN[:-2] + "]", 1),
        (MRN.replace("]", "g]"), 1),
        (f"[phi.mrn:{'g' * 8}]", 1),
        (f"[phi.mrn:{'g' * 32}]", 1),
        (f"[phi.mrn:{'g' * 33}]", 0),
        (f"[phi.mrn:{'g' * 7}]", 0),
        (f"[1phi.mrn:{LETTERS_OF_MRN}]", 0),
        (f"x{BARE}", 0),
        (f"é{BARE}", 0),
        (f"-{BARE}", 0),
        (f"{BARE}s", 0),
        (f"{BARE}_", 0),
        (f"x.{BARE}", 0),
        (BARE[:-1], 0),
        (f"phi:{LETTERS_OF_MRN}", 1),
        (f"other:{LETTERS_OF_MRN}", 0),
        (LETTERS_OF_MRN, 0),
        (f"[{LETTERS_OF_MRN}]", 0),
        (f":{LETTERS_OF_MRN}]", 0),
        (MRN.replace(":", "\uff1a"), 0),
        (MRN.replace("s", "\u017f"), 0),
        (f"[phi.mrn:{LETTERS_OF_MRN[:8]} {LETTERS_OF_MRN[8:]}]", 0),
        ("[", 0),
        ("[phi.mrn:", 0),
        ("", 0),
    ],
)
def test_what_is_not_clear_stays_and_what_looks_like_a_token_is_counted(
    text: str, unknown: int
) -> None:
    assert restore(f"a {text} b", TOKENS, LABELS) == (f"a {text} b", 0, unknown)


def test_without_labels_brackets_are_needed() -> None:
    assert restore(f"{BARE} {MRN}", TOKENS).text == f"{BARE} 00482913"


def test_what_is_restored_is_not_looked_at_again() -> None:
    tokens = Tokens(KEY)
    outer = tokens.token("a", f"x {FOREIGN}")
    tokens.token("phi.mrn", "1")
    assert restore(outer, tokens).text == f"x {FOREIGN}"


def test_an_original_is_escaped_for_what_it_is_inserted_into() -> None:
    tokens = Tokens(KEY)
    token = tokens.token("pii.name", 'Ann "the\n\\Axe"')
    source = json.dumps({"who": f"about {token}"})
    made = restore(source, tokens, escape=lambda original: json.dumps(original)[1:-1]).text
    assert json.loads(made) == {"who": 'about Ann "the\n\\Axe"'}


# What tokens are made of, and what stands near them.
PIECES = st.sampled_from(
    [
        *(MRN, NAME, FOREIGN, BARE, BARE_NAME, MRN.upper(), BARE.upper(), NAME.replace("_", "\\_")),
        *("[", "]", ":", "\\", " ", "  ", "\n", "_", ".", "-", "x", "phi.mrn", "PHI", "phi", "p"),
        *(LETTERS_OF_MRN, LETTERS_OF_MRN[:8], LETTERS_OF_MRN[8:], "g", "é", "\u00a0", "g" * 40),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=14).map("".join)


@given(TEXTS, st.lists(st.integers(0, 300), max_size=20), st.sampled_from([(), tuple(LABELS)]))
def test_cuts_make_no_difference(text: str, cuts: list[int], labels: tuple[str, ...]) -> None:
    whole = restore(text, TOKENS, labels)
    restorer = Restorer(TOKENS, labels)
    made = in_pieces(text, [min(cut, len(text)) for cut in cuts], restorer)
    assert (made, restorer.restored, restorer.unknown) == whole


@given(TEXTS, st.sampled_from([(), tuple(LABELS)]))
def test_character_by_character(text: str, labels: tuple[str, ...]) -> None:
    restorer = Restorer(TOKENS, labels)
    made = in_pieces(text, list(range(len(text))), restorer)
    assert (made, restorer.restored, restorer.unknown) == restore(text, TOKENS, labels)


@given(TEXTS)
def test_exact_tokens_are_restored_as_the_session_does(text: str) -> None:
    if not any(mangled in text.lower() for mangled in ("\\", " ]", "[ ", ": ", "\n", "\u00a0")):
        lowered = text.lower()
        assert restore(lowered, TOKENS).text == TOKENS.restore(lowered)


@given(TEXTS)
def test_a_text_without_colons_is_handed_on_whole(text: str) -> None:
    bare = text.replace(":", ";")
    assert restore(bare, TOKENS, LABELS) == (bare, 0, 0)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Hello, world", ""),
        ("see [1", ""),
        ("see [1]", ""),
        ("see [", "["),
        ("see \\", "\\"),
        ("see \\\\", ""),
        ("see [Link", "[Link"),
        ("see [Link te", ""),
        ("see [note: the", ""),
        ("see [note: th", "[note: th"),
        ("[note: tt ", ""),
        ("a p", "p"),
        ("a ph", "ph"),
        ("a pha", ""),
        ("a phi.mrn", "phi.mrn"),
        ("a phi.mrn:", "phi.mrn:"),
        ("a phi.mrn: x", "phi.mrn: x"),
        ("a phi.mrn: y", ""),
        ("xphi", ""),
        ("[" * 9, "["),
        (MRN, ""),
        (MRN[:-1], MRN[:-1]),
        (MRN[:-1] + " ", MRN[:-1] + " "),
        (BARE, BARE),
        (BARE + " ", ""),
    ],
)
def test_only_what_may_become_a_token_is_held(text: str, held: str) -> None:
    restorer = Restorer(TOKENS, LABELS)
    made = restorer.feed(text)
    assert restorer.held == len(held)
    assert made == plain(text[: len(text) - len(held)])
    assert made + restorer.finish() == plain(text)


@given(TEXTS)
def test_little_is_held(text: str) -> None:
    restorer = Restorer(TOKENS, LABELS)
    for character in text:
        restorer.feed(character)
        assert restorer.held <= MAX_HELD


def test_the_longest_token_is_held_and_restored() -> None:
    tokens = Tokens(KEY)
    token = tokens.token("a" * MAX_LABEL, "x")
    form = f"\\[    {token[1:-18]}    :    {token[-17:-1]}    \\]"
    restorer = Restorer(tokens)
    made = in_pieces(form, list(range(len(form))), restorer)
    assert made == "x"
    assert len(form) <= MAX_HELD + 1


def lines_run(text: str, size: int) -> int:
    """How many lines of restoring.py run for a text in pieces of a size."""
    count = 0

    def each(frame: FrameType, event: str, _argument: object) -> object:
        nonlocal count
        if not frame.f_code.co_filename.endswith("restoring.py"):
            return None
        count += event == "line"
        return each

    restorer, held = Restorer(TOKENS, LABELS), 0
    sys.settrace(each)  # type: ignore[arg-type]
    try:
        for at in range(0, len(text), size):
            restorer.feed(text[at : at + size])
            held += restorer.held
        restorer.finish()
    finally:
        sys.settrace(None)
    return count + held


@pytest.mark.parametrize(
    "unit", ["[", "\\", ":", "[a", "phi.mrn:", "[phi.mrn:", LETTERS, f"[a:{LETTERS}", " ", "p."]
)
@pytest.mark.parametrize("size", [7, 10**6])
def test_work_grows_with_the_text_and_no_faster(unit: str, size: int) -> None:
    once, twice = (lines_run(unit * (n // len(unit)), size) for n in (25_000, 50_000))
    assert twice <= 2.1 * once + 100
    assert once <= 25_000 * MAX_HELD
