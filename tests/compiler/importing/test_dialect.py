"""A Go expression means the same after translation: RE2, whose dialect is Go's, is the judge."""

from __future__ import annotations

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from epol.compiler.importing.dialect import translate
from epol.compiler.patterns import PatternError, compile_pattern
from epol.engine.bundle.exact import Exact, PatternRefusedError


@pytest.mark.parametrize(
    ("go", "ours"),
    [
        (r"(?P<key>a+)b", "(a+)b"),
        (r"(?<2nd>a)", "(a)"),
        (r"(?iU)a(?-U:b)", "(?i)a(?:b)"),
        (r"(?U)a+", "a+"),
        (r"(?U:a+)", "(?:a+)"),
        (r"(?s-U)a", "(?s)a"),
        (r"a\vb", r"a\x0Bb"),
        (r"[\v\d]", r"[\x0B\d]"),
        (r"\101\012\0", r"\x{41}\x{a}\x{0}"),
        (r"(a)\12", r"(a)\x{a}"),
        (r"\Qa.b\E+", r"a\.b+"),
        (r"\Qa(", r"a\("),
        ("a/b", "a/b"),
        (r"a\/b", "a/b"),
        ("a\nb\t\u202e", r"a\x{a}b\x{9}\x{202e}"),
        ("[[.]x.]", r"[\[.]x.]"),
        ("[]a]", r"[\]a]"),
        ("[^]a]", r"[^\]a]"),
        ("[[:alpha:][:^digit:]]", "[[:alpha:][:^digit:]]"),
        (r"[\]\-\[]", r"[\]\-\[]"),
        (r"\pL\p{Greek}\P{^Lu}", r"\pL\p{Greek}\P{^Lu}"),
        (r"\x41\x{1F600}", r"\x41\x{1F600}"),
    ],
)
def test_what_is_written_otherwise(go: str, ours: str) -> None:
    assert translate(go) == ours


@pytest.mark.parametrize(
    "text",
    [
        "(?=a)",
        "(?<!a)b",
        "(?>a)",
        "(?#x)",
        "(?x)a",
        r"\h",
        r"\Z",
        r"a\1",
        r"\K",
        "[a",
        "a\\",
        "(?)",
    ],
)
def test_what_go_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(PatternError, match="Go"):
        translate(text)


_ATOMS = st.sampled_from(
    [*"abc/]}-^$.", r"\.", r"\d", r"\w", r"\S", r"\b", r"\v", r"\z", "\n", r"\Qa.b\E", r"\141",
     r"\x62", "[a-c]", "[^a]", "[]b]", "[[a]", r"[\w.]", "[[:alpha:]]", r"[\v\-]"]
)  # fmt: skip


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map("|".join),
        st.builds("{}{}".format, inner.map("({})".format), st.sampled_from(["*", "+?", "{1,2}"])),
        st.builds("{}{})".format, st.sampled_from(["(?P<n>", "(?i:", "(?U:", "(?:"]), inner),
        st.builds("{}{}".format, st.sampled_from(["(?i)", "(?s)", "(?m)", "(?U)"]), inner),
    )


@given(
    st.recursive(_ATOMS, _grow, max_leaves=6),
    st.text("aAbBc.-/]1 \n\v_é", max_size=12),
)
def test_translated_it_matches_the_same(go: str, text: str) -> None:
    try:
        theirs = Exact(go)
        ours = compile_pattern(translate(go))
    except (PatternRefusedError, PatternError):
        reject()
    data = text.encode()
    assert theirs.search(data, 0, len(data)) == Exact(ours.exact).search(data, 0, len(data))
