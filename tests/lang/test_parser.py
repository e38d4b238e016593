"""Every production of the grammar, as a tree."""

import pytest

from epol.lang import ast
from tests.lang.nodes import LABEL, ONE, SPAN, TOOL, USER, A, B, C, D, name, num, ref, text
from tests.lang.reading import declaration, declarations, expression

EXPRESSIONS: dict[str, ast.Expr] = {
    "a": A,
    "a.b.c": ref("a.b.c"),
    "8k": num("8k"),
    "+$0.10": num("+$0.10"),
    "- 5ms": num("-5ms"),
    '"x"': text("x"),
    "true": ast.Bool(SPAN, value=True),
    "false": ast.Bool(SPAN, value=False),
    "(((a)))": A,
    "a or b or c": ast.Or(SPAN, (A, B, C)),
    "(a or b) or c": ast.Or(SPAN, (ast.Or(SPAN, (A, B)), C)),
    "a and b or c and d": ast.Or(SPAN, (ast.And(SPAN, (A, B)), ast.And(SPAN, (C, D)))),
    "a and (b or c)": ast.And(SPAN, (A, ast.Or(SPAN, (B, C)))),
    "not a and b": ast.And(SPAN, (ast.Not(SPAN, A), B)),
    "not not a": ast.Not(SPAN, ast.Not(SPAN, A)),
    "not a == b": ast.Not(SPAN, ast.Compare(SPAN, "==", A, B)),
    "(a == b) == c": ast.Compare(SPAN, "==", ast.Compare(SPAN, "==", A, B), C),
    "a + b - c": ast.Sum(SPAN, A, (("+", B), ("-", C))),
    "a + (b - c)": ast.Sum(SPAN, A, (("+", ast.Sum(SPAN, B, (("-", C),))),)),
    "a - 1": ast.Sum(SPAN, A, (("-", num("1")),)),
    "a + -1": ast.Sum(SPAN, A, (("+", num("-1")),)),
    "a * b / c": ast.Product(SPAN, A, (("*", B), ("/", C))),
    "a + b * c": ast.Sum(SPAN, A, (("+", ast.Product(SPAN, B, (("*", C),))),)),
    "(a + b) * c": ast.Product(SPAN, ast.Sum(SPAN, A, (("+", B),)), (("*", C),)),
    "a + b < c": ast.Compare(SPAN, "<", ast.Sum(SPAN, A, (("+", B),)), C),
    "a in { b, 5 }": ast.InMembers(SPAN, A, ast.Braces(SPAN, (B, num("5")))),
    "a in { b, }": ast.InMembers(SPAN, A, ast.Braces(SPAN, (B,))),
    "a in { }": ast.InMembers(SPAN, A, ast.Braces(SPAN, ())),
    "a in b": ast.InSet(SPAN, A, B),
    "a in 1 .. b": ast.InRange(SPAN, A, num("1"), B),
    "a has b": ast.Has(SPAN, A, name("b")),
    'a like "x*"': ast.Like(SPAN, A, text("x*")),
    "min(a)": ast.Extreme(SPAN, "min", (A,)),
    "max(a, b, c)": ast.Extreme(SPAN, "max", (A, B, C)),
    "if(a or b, c, d)": ast.If(SPAN, ast.Or(SPAN, (A, B)), C, D),
    "found phi.mrn": ast.Found(SPAN, LABEL, None),
    "found any": ast.Found(SPAN, name("any"), None),
    "found phi.mrn from user": ast.Found(SPAN, LABEL, (USER,)),
    "count phi.mrn from { user, tool }": ast.Count(SPAN, LABEL, (USER, TOOL)),
    "count phi.mrn from { user, tool, }": ast.Count(SPAN, LABEL, (USER, TOOL)),
    "sends phi.mrn": ast.Sends(SPAN, LABEL, None, None),
    "sends phi.mrn below hash": ast.Sends(SPAN, LABEL, name("hash"), None),
    "sends phi.mrn from user below hash": ast.Sends(SPAN, LABEL, name("hash"), (USER,)),
    "sends phi.mrn below hash from user": ast.Sends(SPAN, LABEL, name("hash"), (USER,)),
}


@pytest.mark.parametrize("written", EXPRESSIONS)
def test_an_expression_is_its_tree(written: str) -> None:
    assert expression(written) == EXPRESSIONS[written]


@pytest.mark.parametrize("op", ["==", "!=", "<", "<=", ">", ">="])
def test_each_comparison_is_its_operator(op: str) -> None:
    assert expression(f"a {op} b") == ast.Compare(SPAN, op, A, B)


INT = ast.PlainType(SPAN, name("int"), None, None)

DECLARATIONS: dict[str, ast.Declaration] = {
    "policy a.b": ast.PolicyHead(SPAN, name("a.b"), None, None),
    'policy a version "1" language 1': ast.PolicyHead(SPAN, name("a"), text("1"), ONE),
    "module a": ast.ModuleHead(SPAN, name("a"), None, None),
    "module a language 1": ast.ModuleHead(SPAN, name("a"), None, ONE),
    "import std.edge": ast.Import(SPAN, name("std.edge"), ()),
    'import "./a.epol"': ast.Import(SPAN, text("./a.epol"), ()),
    "import a with { }": ast.Import(SPAN, name("a"), ()),
    "import a with { b = c, d = { b, c }, }": ast.Import(
        SPAN,
        name("a"),
        (
            ast.Setting(SPAN, name("b"), C),
            ast.Setting(SPAN, name("d"), ast.Braces(SPAN, (B, C))),
        ),
    ),
    "param a : int": ast.Param(SPAN, name("a"), INT, None),
    "param a : int default 1": ast.Param(SPAN, name("a"), INT, ONE),
    "field a : int default 1": ast.Field(SPAN, name("a"), INT, ONE),
    "field a : int in 1 .. b": ast.Field(
        SPAN, name("a"), ast.PlainType(SPAN, name("int"), ONE, B), None
    ),
    "attr a : enum { b, c, }": ast.InputDecl(
        SPAN, "attr", name("a"), ast.MemberType(SPAN, "enum", (name("b"), name("c"))), (), (), None
    ),
    "attr a : set { }": ast.InputDecl(
        SPAN, "attr", name("a"), ast.MemberType(SPAN, "set", ()), (), (), None
    ),
    "signal a : int stale after 5s = 1 default 1": ast.InputDecl(
        SPAN, "signal", name("a"), INT, (ONE,), (ast.Stale(SPAN, num("5s"), ONE),), None
    ),
    'attr a : int default 1 from model "m" cost 2ms': ast.InputDecl(
        SPAN, "attr", name("a"), INT, (ONE,), (), ast.FromModel(SPAN, text("m"), num("2ms"))
    ),
    'attr a : int from model "m" default 1': ast.InputDecl(
        SPAN, "attr", name("a"), INT, (ONE,), (), ast.FromModel(SPAN, text("m"), None)
    ),
    "signal a : int from count /x/i from user": ast.InputDecl(
        SPAN, "signal", name("a"), INT, (), (),
        ast.FromText(SPAN, "count", ast.Pattern(SPAN, "x", "i"), (USER,)),
    ),
    'signal a : int from density words "x", "y" nocase from { user, tool }': ast.InputDecl(
        SPAN, "signal", name("a"), INT, (), (),
        ast.FromText(
            SPAN, "density", ast.WordList(SPAN, (text("x"), text("y")), nocase=True), (USER, TOOL)
        ),
    ),
    'signal a : int from match words "x"': ast.InputDecl(
        SPAN, "signal", name("a"), INT, (), (),
        ast.FromText(SPAN, "match", ast.WordList(SPAN, (text("x"),), nocase=False), None),
    ),
    'signal a : int from similarity "x", "y" model "m" cost 4ms from user': ast.InputDecl(
        SPAN, "signal", name("a"), INT, (), (),
        ast.FromSimilarity(SPAN, (text("x"), text("y")), text("m"), num("4ms"), (USER,)),
    ),
    'signal a : int from similarity "x" model "m"': ast.InputDecl(
        SPAN, "signal", name("a"), INT, (), (),
        ast.FromSimilarity(SPAN, (text("x"),), text("m"), None, None),
    ),
    "let a = b": ast.Let(SPAN, name("a"), B),
    "label a": ast.LabelDecl(SPAN, name("a"), None, (), ()),
    'label a "x" under b, c under d generalize by round 10 generalize by year': ast.LabelDecl(
        SPAN, name("a"), text("x"), (name("b"), name("c"), name("d")),
        (ast.Method(SPAN, name("round"), num("10")), ast.Method(SPAN, name("year"), None)),
    ),
    "target a { }": ast.Target(SPAN, name("a"), ()),
    (
        'target a { at local price in 1 out b per 1 url "u" url env "U" key env "K" z { b, c } }'
    ): ast.Target(
        SPAN, name("a"),
        (
            ast.FieldValue(SPAN, name("at"), ref("local")),
            ast.Price(SPAN, ONE, B, ONE),
            ast.Endpoint(SPAN, "url", text("u"), from_environment=False),
            ast.Endpoint(SPAN, "url", text("U"), from_environment=True),
            ast.Endpoint(SPAN, "key", text("K"), from_environment=True),
            ast.FieldValue(SPAN, name("z"), ast.Braces(SPAN, (B, C))),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("written", DECLARATIONS)
def test_a_declaration_is_its_tree(written: str) -> None:
    assert declaration(written) == DECLARATIONS[written]


def test_declarations_stand_in_the_order_of_the_file() -> None:
    kinds = [type(node) for node in declarations("let a = b rule r { deny } let c = d")]
    assert kinds == [ast.Let, ast.Rule, ast.Let]


def test_a_file_of_nothing_or_comments_has_no_declarations() -> None:
    assert declarations("") == ()
    assert declarations("  # only this") == ()
