"""The unknowns of one request: what they stand for, and what there is of them."""

import pytest

from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Terms
from epol.compiler.smt.texts import StringSymbol
from epol.lang.glob import parse_glob
from tests.lang.policies import policy

TEXT = """
attr a.given : bool default true
attr a.open : bool
attr a.who : string
label l.a
label l.b
detector d -> l.b { model "names" class PER }
target t { at local tenant "eu" }
field tenant : string
rule r { when found l from user or count l.a from { user, tool } > 2 deny }
rule s { when a.who like "e*" or a.who == target.tenant hold }
"""


def symbols(*, any_unknown: bool = True) -> Symbols:
    return Symbols(Terms(), [policy(TEXT)], any_unknown=any_unknown)


def test_an_input_with_a_default_is_always_known() -> None:
    made = symbols()
    assert made.input("a.given").known is made.terms.true
    assert made.input("a.open").known.constant is None
    assert made.input("a.open") is made.input("a.open")


def test_claims_take_only_labels_of_models_for_unknown() -> None:
    claims, evaluation = symbols(any_unknown=False), symbols()
    assert claims.label("l.a").known is claims.terms.true
    assert claims.label("l.b").known.constant is None
    assert evaluation.label("l.a").known.constant is None


def test_roles_that_are_never_told_apart_share_a_count() -> None:
    made = symbols()
    assert made.role_groups == (("user",), ("system", "assistant"), ("tool",))
    assert len(made.label("l.a").counts) == 3
    user = made.label("l.a").counts[0]
    assert made.count("l.a", frozenset(["user"])) is user
    with pytest.raises(ValueError, match="asks about system apart"):
        made.count("l.a", frozenset(["system"]))


def test_a_string_knows_what_it_is_compared_with() -> None:
    made = symbols()
    symbol = made.input("a.who").value
    assert isinstance(symbol, StringSymbol)
    assert set(symbol.globs) == {parse_glob("e*"), parse_glob("eu")}
    assert [each.witness for each in symbol.outcomes] == ["other", "e", "eu"]
