"""What two policies declare otherwise, and whether a comparison of decisions covers it."""

from __future__ import annotations

import pytest

from epol.compiler.diff.declared import declared
from tests.compiler.building import policy_of

T = "target t { at local }\n"


def changes(old: str, new: str) -> list[tuple[str, str, str, bool]]:
    """All that is declared otherwise."""
    found = declared(policy_of(old), policy_of(new))
    return [(each.what, each.name, each.change, each.covered) for each in found]


CASES: dict[str, tuple[str, str, list[tuple[str, str, str, bool]]]] = {
    "nothing": (T, T, []),
    "rules, claims and tests": (
        T,
        T + 'rule r { deny } prove p { never target.at == local } test "t" { expect blocked }',
        [],
    ),
    "a target": (
        T,
        T + "target u { at cloud }",
        [("target", "u", "only in NEW", True)],
    ),
    "a place": (
        T,
        "target t { at cloud }",
        [("target", "t", "at: local in OLD, cloud in NEW", False)],
    ),
    "a field that rules read": (
        "field baa : bool\nfield able : set { p, q }\ntarget t { at local able { p } }",
        "field baa : bool\nfield able : set { p, q }\ntarget t { at local baa true able { q, p } }",
        [
            ("target", "t", "able: { p } in OLD, { p, q } in NEW", True),
            ("target", "t", "baa: nothing in OLD, true in NEW", True),
        ],
    ),
    "a price": (
        "target t { at local price in $1 out $2 per 1M }",
        T,
        [("target", "t", "price: in $1 out $2 per 1000000 in OLD, nothing in NEW", True)],
    ),
    "an address": (
        'target t { at local url "https://a.example" }',
        'target t { at local url "https://b.example" key env "K" }',
        [("target", "t", "key differs", False), ("target", "t", "url differs", False)],
    ),
    "an attribute": (T + "attr a.n : int", T, [("attr", "a.n", "only in OLD", True)]),
    "a range": (
        T + "attr a.n : int in 0 .. 9",
        T + "attr a.n : int in 0 .. 10",
        [("attr", "a.n", "type: int in 0 .. 9 in OLD, int in 0 .. 10 in NEW", False)],
    ),
    "a type": (
        T + "attr a.n : bool",
        T + "attr a.n : string",
        [("attr", "a.n", "type: bool in OLD, string in NEW; taken for two facts", False)],
    ),
    "a default": (
        T + "attr a.n : duration default 1s",
        T + "attr a.n : duration",
        [("attr", "a.n", "default: 1s in OLD, nothing in NEW", True)],
    ),
    "when a reading is old": (
        T + "signal a.n : int stale after 5s = 1",
        T + "signal a.n : int stale after 6s = 1",
        [("signal", "a.n", "when a reading is too old differs", False)],
    ),
    "what is read of a text": (
        T + "signal text.n : int from count /a/",
        T + "signal text.n : int from count /b/",
        [("signal", "text.n", "what it reads of a text differs", False)],
    ),
    "a model": (
        T + 'signal a.n : ratio from model "x"',
        T + 'signal a.n : ratio from model "y"',
        [("signal", "a.n", "the model that computes it differs", False)],
    ),
    "a label": (
        T,
        T + "label l.a",
        [("label", "l", "only in NEW", True), ("label", "l.a", "only in NEW", True)],
    ),
    "a detector that is new": (
        T + "label l",
        T + "label l\ndetector d -> l { match /a1/ }",
        [("detector", "d", "only in NEW", False)],
    ),
    "a detector that finds something else": (
        T + "label l\ndetector d -> l { match /a1/ }",
        T + "label l\ndetector d -> l { match /a1/ score 60 }",
        [("detector", "d", "what it finds may differ", False)],
    ),
    "a detector with an example more": (
        T + "label l\ndetector d -> l { match /a1/ }",
        T + 'label l\ndetector d -> l { match /a1/ example "a1" }',
        [],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_declared_otherwise(case: str) -> None:
    old, new, wanted = CASES[case]
    assert changes(old, new) == wanted
