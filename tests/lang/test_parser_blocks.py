"""Detectors, rules, claims and tests, as trees."""

import pytest

from epol.lang import ast
from tests.lang.nodes import LABEL, ONE, SPAN, TOOL, USER, A, B, C, name, num, text
from tests.lang.reading import declaration

PHI, STAFF = name("phi"), name("staff")
PATTERN = ast.Pattern(SPAN, "x", "")

DETECTOR_ITEMS: dict[str, ast.DetectorItem] = {
    "match /x/": ast.Match(SPAN, PATTERN),
    'words "x" nocase': ast.WordList(SPAN, (text("x"),), nocase=True),
    'near "x", "y" within 40 adds 30': ast.Near(SPAN, (text("x"), text("y")), num("40"), num("30")),
    "score 60": ast.DetectorNumber(SPAN, "score", num("60")),
    "threshold 60": ast.DetectorNumber(SPAN, "threshold", num("60")),
    "entropy 3.5": ast.DetectorNumber(SPAN, "entropy", num("3.5")),
    "check luhn, iban": ast.Check(SPAN, (name("luhn"), name("iban"))),
    'stopwords "x"': ast.Phrases(SPAN, "stopwords", (text("x"),)),
    'example "x", "y"': ast.Phrases(SPAN, "example", (text("x"), text("y"))),
    'counterexample "x"': ast.Phrases(SPAN, "counterexample", (text("x"),)),
    "left not digit": ast.Boundary(SPAN, "left", (name("digit"),)),
    "right not word, space": ast.Boundary(SPAN, "right", (name("word"), name("space"))),
    'model "m"': ast.DetectorModel(SPAN, text("m"), (), ()),
    'model "m" class PER, x cost 18ms': ast.DetectorModel(
        SPAN, text("m"), (name("PER"), name("x")), (num("18ms"),)
    ),
}


@pytest.mark.parametrize("written", DETECTOR_ITEMS)
def test_an_item_of_a_detector_is_its_tree(written: str) -> None:
    node = declaration(f"detector d -> phi.mrn {{ {written} }}")
    assert node == ast.Detector(SPAN, name("d"), LABEL, (DETECTOR_ITEMS[written],))


RULE_ITEMS: dict[str, ast.RuleItem] = {
    "on response": ast.OnFlow(SPAN, name("response")),
    "when a": ast.When(SPAN, "when", A),
    "unless a or b": ast.When(SPAN, "unless", ast.Or(SPAN, (A, B))),
    'because "x"': ast.Because(SPAN, text("x")),
    "deny": ast.Bare(SPAN, "deny"),
    "block": ast.Bare(SPAN, "block"),
    "hold": ast.Bare(SPAN, "hold"),
    "only a": ast.Only(SPAN, A),
    "redact any": ast.Treat(SPAN, "redact", (name("any"),), (), None),
    "hash phi, staff except phi.mrn": ast.Treat(SPAN, "hash", (PHI, STAFF), (LABEL,), None),
    "mask phi keep last 4": ast.Treat(SPAN, "mask", (PHI,), (), ast.KeepLast(SPAN, num("4"))),
    'redact phi with "x"': ast.Treat(SPAN, "redact", (PHI,), (), ast.Replacement(SPAN, text("x"))),
    "generalize phi except phi.mrn by round 10": ast.Treat(
        SPAN, "generalize", (PHI,), (LABEL,),
        ast.ByMethod(SPAN, ast.Method(SPAN, name("round"), num("10"))),
    ),
    "tokenize phi": ast.Treat(SPAN, "tokenize", (PHI,), (), None),
    "drop phi": ast.Treat(SPAN, "drop", (PHI,), (), None),
    "prefer 1": ast.Preference(SPAN, "prefer", ONE),
    "avoid a + b": ast.Preference(SPAN, "avoid", ast.Sum(SPAN, A, (("+", B),))),
    "score -1 * a": ast.Preference(SPAN, "score", ast.Product(SPAN, num("-1"), (("*", A),))),
    "cap temperature 1": ast.Cap(SPAN, name("temperature"), ONE),
    "tools none": ast.Tools(SPAN, ()),
    'tools only "x", "y"': ast.Tools(SPAN, (text("x"), text("y"))),
    'tag "x"': ast.Tag(SPAN, text("x")),
}  # fmt: skip


@pytest.mark.parametrize("written", RULE_ITEMS)
def test_an_item_of_a_rule_is_its_tree(written: str) -> None:
    assert declaration(f"rule r {{ {written} }}") == ast.Rule(
        SPAN, name("r"), (RULE_ITEMS[written],)
    )


CLAIMS: dict[str, ast.Claim] = {
    "never a": ast.Claim(SPAN, "never", A),
    "always a": ast.Claim(SPAN, "always", A),
    "served": ast.Claim(SPAN, "served"),
    "served when a": ast.Claim(SPAN, "served", None, A),
    "chooses a": ast.Claim(SPAN, "chooses", A),
    "chooses a when b": ast.Claim(SPAN, "chooses", A, B),
    "never chooses a when b": ast.Claim(SPAN, "never-chooses", A, B),
    "raising net.rtt never chooses a": ast.Claim(SPAN, "raising", A, subject=name("net.rtt")),
    "lowering net.rtt never chooses a": ast.Claim(SPAN, "lowering", A, subject=name("net.rtt")),
    'same as "o.epol"': ast.Claim(SPAN, "same-as", other=text("o.epol")),
    'same as "o.epol" when a': ast.Claim(SPAN, "same-as", None, A, other=text("o.epol")),
}


@pytest.mark.parametrize("written", CLAIMS)
def test_a_claim_is_its_tree(written: str) -> None:
    bare = declaration(f"prove p {{ {written} }}")
    flowing = declaration(f"prove p {{ on response {written} }}")
    assert bare == ast.Prove(SPAN, name("p"), None, CLAIMS[written])
    assert flowing == ast.Prove(SPAN, name("p"), name("response"), CLAIMS[written])


TEST_ITEMS: dict[str, ast.TestItem] = {
    "on response": ast.TestFlow(SPAN, name("response"), None),
    "on response from a": ast.TestFlow(SPAN, name("response"), name("a")),
    'text "x"': ast.TestText(SPAN, None, text("x")),
    'text system "x"': ast.TestText(SPAN, name("system"), text("x")),
    "set a = 1, b unknown": ast.TestSet(
        SPAN, (ast.Assign(SPAN, name("a"), ONE), ast.Assign(SPAN, name("b"), None))
    ),
    "set a = { b, c }": ast.TestSet(SPAN, (ast.Assign(SPAN, name("a"), ast.Braces(SPAN, (B, C))),)),
    "set label phi = 1, label staff unknown": ast.TestSet(
        SPAN,
        (
            ast.AssignLabel(SPAN, PHI, None, ONE),
            ast.AssignLabel(SPAN, STAFF, None, None),
        ),
    ),
    "set label phi from { user, tool } = 1": ast.TestSet(
        SPAN, (ast.AssignLabel(SPAN, PHI, (USER, TOOL), ONE),)
    ),
    "expect route a": ast.Expect(SPAN, "route", (name("a"),)),
    "expect blocked": ast.Expect(SPAN, "blocked"),
    "expect hold a": ast.Expect(SPAN, "hold", (name("a"),)),
    "expect redact phi": ast.Expect(SPAN, "treatment", (PHI,), "redact"),
    "expect keep phi on a": ast.Expect(SPAN, "treatment", (PHI,), "keep", name("a")),
    "expect fired a, b": ast.Expect(SPAN, "fired", (name("a"), name("b"))),
    "expect not fired a": ast.Expect(SPAN, "not-fired", (name("a"),)),
    'expect tag "x"': ast.Expect(SPAN, "tag", value=text("x")),
    "expect cap top_p 1": ast.Expect(SPAN, "cap", (name("top_p"),), value=ONE),
    "expect score a -5": ast.Expect(SPAN, "score", (name("a"),), value=num("-5")),
    'expect because "x"': ast.Expect(SPAN, "because", value=text("x")),
    "expect order a, b, c": ast.Expect(SPAN, "order", (name("a"), name("b"), name("c"))),
}


@pytest.mark.parametrize("written", TEST_ITEMS)
def test_an_item_of_a_test_is_its_tree(written: str) -> None:
    node = declaration(f'test "t" {{ {written} }}')
    assert node == ast.Test(SPAN, text("t"), (TEST_ITEMS[written],))


def test_items_of_a_block_stand_in_the_order_of_the_source() -> None:
    node = declaration('rule r { deny when a tag "x" when b hold }')
    assert isinstance(node, ast.Rule)
    kinds = [type(item).__name__ for item in node.items]
    assert kinds == ["Bare", "When", "Tag", "When", "Bare"]
