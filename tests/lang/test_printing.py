"""Random trees, printed and read again, are the same trees."""

from hypothesis import given
from hypothesis import strategies as st

from epol.lang import ast
from epol.lang.formatter import format_source
from epol.lang.printing import expression as printed
from epol.lang.printing import pattern as printed_pattern
from epol.lang.source import Source
from tests.lang import texts
from tests.lang.nodes import SPAN
from tests.lang.reading import declaration, declarations, expression

NAMES = st.builds(ast.Name, st.just(SPAN), texts.NAMES)
TEXTS = st.builds(ast.Text, st.just(SPAN), st.text(st.characters(codec="utf-8"), max_size=5))
ROLES = st.none() | st.lists(NAMES, min_size=1, max_size=3).map(tuple)


def _number(sign: str, digits: str) -> ast.Number:
    return ast.Number(SPAN, sign + digits)


def _bool(value: bool) -> ast.Bool:
    return ast.Bool(SPAN, value)


NUMBERS = st.builds(_number, st.sampled_from(["", "-", "+"]), texts.NUMBERS)
LEAVES: st.SearchStrategy[ast.Expr] = st.one_of(
    NUMBERS,
    TEXTS,
    st.builds(ast.Reference, st.just(SPAN), texts.NAMES),
    st.builds(_bool, st.booleans()),
    st.builds(ast.Found, st.just(SPAN), NAMES, ROLES),
    st.builds(ast.Count, st.just(SPAN), NAMES, ROLES),
    st.builds(ast.Sends, st.just(SPAN), NAMES, st.none() | NAMES, ROLES),
)


def _extend(inner: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Expr]:
    """Every node that has parts, over any parts."""
    span = st.just(SPAN)
    two = st.lists(inner, min_size=2, max_size=3).map(tuple)
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    braces = st.builds(ast.Braces, span, st.lists(inner, max_size=3).map(tuple))

    def rest(operators: str) -> st.SearchStrategy[tuple[tuple[str, ast.Expr], ...]]:
        pair = st.tuples(st.sampled_from(operators), inner)
        return st.lists(pair, min_size=1, max_size=2).map(tuple)

    compared = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    return st.one_of(
        st.builds(ast.Or, span, two),
        st.builds(ast.And, span, two),
        st.builds(ast.Not, span, inner),
        st.builds(ast.Compare, span, compared, inner, inner),
        st.builds(ast.InMembers, span, inner, braces),
        st.builds(ast.InSet, span, inner, inner),
        st.builds(ast.InRange, span, inner, inner, inner),
        st.builds(ast.Has, span, inner, NAMES),
        st.builds(ast.Like, span, inner, TEXTS),
        st.builds(ast.Sum, span, inner, rest("+-")),
        st.builds(ast.Product, span, inner, rest("*/")),
        st.builds(ast.Extreme, span, st.sampled_from(["min", "max"]), some),
        st.builds(ast.If, span, inner, inner, inner),
    )


EXPRESSIONS = st.recursive(LEAVES, _extend, max_leaves=12)


@given(EXPRESSIONS)
def test_any_expression_is_printed_and_read_back(tree: ast.Expr) -> None:
    assert expression(printed(tree).replace("\x01", " ")) == tree


@given(EXPRESSIONS, EXPRESSIONS, TEXTS)
def test_any_rule_is_formatted_and_read_back(
    condition: ast.Expr, amount: ast.Expr, text: ast.Text
) -> None:
    tree = ast.Rule(
        SPAN,
        ast.Name(SPAN, "r"),
        (
            ast.When(SPAN, "when", condition),
            ast.Preference(SPAN, "prefer", amount),
            ast.Because(SPAN, text),
        ),
    )
    parts = printed(condition), printed(amount), printed(text)
    source = "rule r {{ when {} prefer ({}) because {} }}".format(*parts)
    once = format_source(Source("t", source.replace("\x01", " ")))
    assert once is not None
    assert declaration(once) == tree


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1))
def test_any_pattern_is_printed_and_read_back(regex: str) -> None:
    tree = ast.Pattern(SPAN, regex.replace("\\", "\\\\"), "i")
    [node] = declarations(f"detector d -> l {{ match {printed_pattern(tree)} }}")
    assert isinstance(node, ast.Detector)
    assert node.items == (ast.Match(SPAN, tree),)
