"""Strategies for patterns over the dialect, and for texts that they may match."""

from __future__ import annotations

from hypothesis import strategies as st

CHARACTERS = "aabbABé1_ -\nÉß\u017f\u212a€日ü."

CORE = [*"abAB1_ -", r"\d", r"\w", r"\s", r"\W", r"\D", ".", "[ab]", "[^a]", "[a-b1]", r"[\w-]"]
"""Items that Python's `re` reads as we do, given ASCII texts."""

_ITEMS = [
    *CORE,
    *"éÉß\u017f\u212a€日",
    "\n",
    r"\S",
    r"\h",
    r"\v",
    r"\H",
    r"[^\W_]",
    "[[:alpha:]]",
    "[[:^upper:]x]",
    "[é-ü]",
    r"\p{L}",
    r"\P{Lu}",
    r"\p{Greek}",
    r"[^\p{N}a]",
    r"[\P{L}a]",
    r"[\D1]",
    r"\x41",
    r"\x{e9}",
    r"\Qa.\E",
]
_CONDITIONS = ["^", "$", r"\b", r"\B", r"\A", r"\z", r"\Z"]
_QUANTIFIERS = ["*", "+", "?", "{2}", "{1,3}", "{2,}", "{0,2}", "+?", "*?"]

texts = st.text(CHARACTERS, max_size=7)
ascii_texts = st.text("abAB1_ -\n", max_size=7)
flags = st.sets(st.sampled_from("ismu"), max_size=2).map(lambda found: "".join(sorted(found)))


def _larger(inner: st.SearchStrategy[str], modes: list[str]) -> st.SearchStrategy[str]:
    some = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        some.map("".join),
        some.map(lambda options: f"(?:{'|'.join(options)})"),
        some.map(lambda options: f"({'|'.join(options)})"),
        st.tuples(inner, st.sampled_from(_QUANTIFIERS)).map(lambda it: f"(?:{it[0]}){it[1]}"),
        st.tuples(st.sampled_from(modes), inner).map("".join).map("({})".format),
    )


def _patterns(items: list[str], modes: list[str]) -> st.SearchStrategy[str]:
    grown = st.recursive(st.sampled_from(items), lambda inner: _larger(inner, modes), max_leaves=6)
    return st.lists(grown, min_size=1, max_size=3).map("".join)


patterns = _patterns([*_ITEMS, *_CONDITIONS], ["(?i)", "(?s)", "(?m)", "(?-i)", "(?x) "])
core_patterns = _patterns([*CORE, "^", r"\b"], ["(?:)"])
