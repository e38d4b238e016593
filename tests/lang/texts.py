"""Random files as lists of tokens, one strategy a grammar rule, none of it via the printer.

What is made follows the grammar; it need not resolve or agree in type.
"""

from hypothesis import strategies as st

from epol.lang.lexer import KEYWORDS, RESERVED

Tokens = list[str]
Texts = st.SearchStrategy[Tokens]

# Each may be a name wherever the grammar does not offer it as a keyword.
_WORDS = sorted(KEYWORDS.keys() - RESERVED - {"enum", "set", "label", "price", "url", "key"})
SIMPLE = ["a", "b2", "ward", "x_y", *_WORDS]
NAMES = st.one_of(st.sampled_from(SIMPLE), st.sampled_from(["a.b", "phi.mrn", "a.when"]))
NUMBERS = st.sampled_from(
    [
        "0",
        "7",
        "10_000",
        "8k",
        "1.5M",
        "0.35",
        "35%",
        "80ms",
        "2m",
        "7d",
        "$0.10",
        "$3",
        "4GiB",
        "9B",
    ]
)
STRINGS = st.sampled_from(
    ['""', '"x"', '"a b"', '"\\""', '"\\\\"', '"\\n\\t"', '"\\u{1f600}é"', '"# no comment"', '"}"']
)
REGEXES = st.sampled_from(["/a/", "/\\d{3}/i", "/a\\/b/sm", '/["#}]/u', "/\\\\/"])
TREATMENTS = st.sampled_from(["mask", "generalize", "tokenize", "hash", "redact", "drop"])


def word(text: str) -> Texts:
    """The tokens of a fixed text."""
    return st.just(text.split())


def one(strategy: st.SearchStrategy[str]) -> Texts:
    """A single token."""
    return strategy.map(lambda token: [token])


NAME, NUMBER, STRING, REGEX = one(NAMES), one(NUMBERS), one(STRINGS), one(REGEXES)
TREATMENT = one(TREATMENTS)
LABEL = one(st.one_of(NAMES, st.just("any")))


def seq(*parts: Texts | str) -> Texts:
    """Parts after each other; a str stands for its words."""
    strategies = [word(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*strategies).map(lambda found: [token for part in found for token in part])


def maybe(*parts: Texts | str) -> Texts:
    """Parts, or nothing."""
    return st.one_of(st.just([]), seq(*parts))


def many(item: Texts, most: int = 3, least: int = 0) -> Texts:
    """Items after each other."""
    found = st.lists(item, min_size=least, max_size=most)
    return found.map(lambda items: [token for each in items for token in each])


def listed(item: Texts, most: int = 3) -> Texts:
    """Items with commas between."""
    return seq(item, many(seq(",", item), most - 1))


def braced(item: Texts) -> Texts:
    """A list in braces, perhaps empty, perhaps with a last comma."""
    return st.one_of(word("{ }"), seq("{", listed(item), maybe(","), "}"))


def any_of(*choices: Texts) -> Texts:
    """One of some choices."""
    return st.one_of(*choices)


SIGNED = seq(maybe(one(st.sampled_from("+-"))), NUMBER)
ROLES = st.one_of(seq("from", NAME), seq("from {", listed(NAME), maybe(","), "}"))


def _extend(inner: Texts) -> Texts:
    """An expression of smaller ones; operands stand in parentheses where they must."""
    atom = seq("(", inner, ")")
    operator = one(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
    return any_of(
        seq("not", atom),
        seq(atom, many(seq("or", atom), 3, 1)),
        seq(ATOM, many(seq("and", ATOM), 3, 1)),
        seq(atom, operator, ATOM),
        seq(ATOM, "in {", maybe(listed(ATOM), maybe(",")), "}"),
        seq(atom, "in", NAME),
        seq(ATOM, "in", atom, "..", ATOM),
        seq(atom, "has", NAME),
        seq(NAME, "like", STRING),
        seq(atom, many(seq(one(st.sampled_from("+-")), ATOM), 3, 1)),
        seq(ATOM, many(seq(one(st.sampled_from("*/")), atom), 3, 1)),
        seq("min (", listed(atom), ")"),
        seq("max (", listed(ATOM), ")"),
        seq("if (", inner, ",", inner, ",", inner, ")"),
        atom,
    )


PLAIN = any_of(SIGNED, STRING, NAME, word("true"), word("false"))
ATOM = any_of(
    PLAIN,
    seq("found", LABEL, maybe(ROLES)),
    seq("count", LABEL, maybe(ROLES)),
    seq("sends", LABEL, maybe("below", NAME), maybe(ROLES)),
    seq("sends", LABEL, ROLES, "below", NAME),
)
EXPRESSION = st.recursive(ATOM, _extend, max_leaves=8)
SUM = any_of(ATOM, seq("(", EXPRESSION, ")"), seq(ATOM, "+", ATOM))
CONST = any_of(SUM, braced(SUM))
# What may stand before the `from` of an attribute: a `found L` there would take it.
DEFAULT = any_of(PLAIN, seq(PLAIN, "-", PLAIN), braced(PLAIN))

# --- declarations --------------------------------------------------------------------
TYPE = any_of(
    NAME, seq(NAME, "in", SUM, "..", PLAIN), seq("enum", braced(NAME)), seq("set", braced(NAME))
)
METHOD = seq(NAME, maybe(NUMBER))
COST = seq("cost", SIGNED)
WORDS = seq("words", listed(STRING), maybe("nocase"))
TEXT_FUNCTION = one(st.sampled_from(["count", "match", "density"]))
ORIGIN = any_of(
    seq("from model", STRING, maybe(COST)),
    seq(
        "from",
        one(st.sampled_from(["count", "match", "density"])),
        any_of(REGEX, WORDS),
        maybe(ROLES),
    ),
    seq("from similarity", listed(STRING), "model", STRING, maybe(COST), maybe(ROLES)),
)
INPUT_OPTION = any_of(seq("default", DEFAULT), seq("stale after", SIGNED, "=", DEFAULT))
CLASS = one(st.sampled_from(["PER", "b", "LOC"]))
DETECTOR_ITEM = any_of(
    seq("match", REGEX),
    WORDS,
    seq("near", listed(STRING), "within", NUMBER, "adds", NUMBER),
    seq(one(st.sampled_from(["score", "threshold", "entropy"])), NUMBER),
    seq("check", listed(NAME)),
    seq(one(st.sampled_from(["stopwords", "example", "counterexample"])), listed(STRING)),
    seq(one(st.sampled_from(["left", "right"])), "not", listed(NAME)),
    seq(
        "model",
        STRING,
        maybe("class", listed(one(st.sampled_from(["PER", "b", "LOC"])))),
        maybe(COST),
    ),
)
FIELD_VALUE = seq(one(st.sampled_from(["at", "zone", "model", "context", "baa", "tools"])), CONST)
TARGET_FIELD = any_of(
    seq("price in", SUM, "out", SUM, "per", SUM),
    seq("url", maybe("env"), STRING),
    seq("key env", STRING),
    FIELD_VALUE,
)
DETAILED = any_of(
    seq(TREATMENT, listed(LABEL), maybe("except", listed(LABEL))),
    seq("mask", LABEL, "keep last", NUMBER),
    seq("redact", LABEL, "with", STRING),
    seq("generalize", LABEL, "by", METHOD),
)
EFFECT = any_of(
    word("deny"),
    word("block"),
    word("hold"),
    seq("only", EXPRESSION),
    DETAILED,
    seq(one(st.sampled_from(["prefer", "avoid", "score"])), SUM),
    seq("cap", NAME, CONST),
    word("tools none"),
    seq("tools only", listed(STRING)),
    seq("tag", STRING),
)
RULE_ITEM = any_of(
    seq("on", NAME),
    seq("when", EXPRESSION),
    seq("unless", EXPRESSION),
    seq("because", STRING),
    EFFECT,
)
WHEN = maybe("when", EXPRESSION)
CLAIM = any_of(
    seq("never", EXPRESSION),
    seq("always", EXPRESSION),
    seq("served", WHEN),
    seq("chooses", EXPRESSION, WHEN),
    seq("never chooses", EXPRESSION, WHEN),
    seq(one(st.sampled_from(["raising", "lowering"])), NAME, "never chooses", EXPRESSION),
    seq("same as", STRING, WHEN),
)
ASSIGNMENT = any_of(
    seq(NAME, "=", CONST),
    seq(NAME, "unknown"),
    seq("label", LABEL, maybe(ROLES), "=", NUMBER),
    seq("label", LABEL, "unknown"),
)
EXPECTATION = any_of(
    seq("route", NAME),
    word("blocked"),
    seq("hold", NAME),
    seq(any_of(TREATMENT, word("keep")), LABEL, maybe("on", NAME)),
    seq(maybe("not"), "fired", listed(NAME)),
    seq("tag", STRING),
    seq("cap", NAME, CONST),
    seq("score", NAME, SIGNED),
    seq("because", STRING),
    seq("order", listed(NAME)),
)
TEST_ITEM = any_of(
    seq("text", maybe(NAME), STRING), seq("set", listed(ASSIGNMENT)), seq("expect", EXPECTATION)
)

BY_RULE: dict[str, Texts] = {
    "policy": seq("policy", NAME, maybe("version", STRING), maybe("language", NUMBER)),
    "module": seq("module", NAME, maybe("version", STRING), maybe("language", NUMBER)),
    "import": seq("import", any_of(NAME, STRING), maybe("with", braced(seq(NAME, "=", CONST)))),
    "param": seq("param", NAME, ":", TYPE, maybe("default", CONST)),
    "attr": seq("attr", NAME, ":", TYPE, many(INPUT_OPTION, 2), maybe(ORIGIN)),
    "signal": seq("signal", NAME, ":", TYPE, maybe(ORIGIN), many(INPUT_OPTION, 2)),
    "field": seq("field", NAME, ":", TYPE, maybe("default", CONST)),
    "let": seq("let", NAME, "=", EXPRESSION),
    "label": seq(
        "label", NAME, maybe(STRING), many(seq("under", listed(NAME)), 2),
        maybe("generalize by", METHOD),
    ),
    "detector": seq("detector", NAME, "->", LABEL, "{", many(DETECTOR_ITEM), "}"),
    "target": seq("target", NAME, "{", many(TARGET_FIELD), "}"),
    "rule": seq("rule", NAME, "{", many(RULE_ITEM), "}"),
    "prove": seq("prove", NAME, "{", maybe("on", NAME), CLAIM, "}"),
    "test": seq("test", STRING, "{", maybe("on", NAME, maybe("from", NAME)), many(TEST_ITEM), "}"),
}  # fmt: skip
DECLARATION = any_of(*BY_RULE.values())
FILES = st.lists(DECLARATION, max_size=4).map(lambda items: [t for item in items for t in item])

GAPS = st.sampled_from([" ", "  ", "\n", "\n\n", "\n\n\n", "\t", " \r\n", "\n    "])


@st.composite
def spaced(draw: st.DrawFn, tokens: Texts) -> str:
    """Tokens with any space between."""
    return "".join(token + draw(GAPS) for token in draw(tokens))


@st.composite
def commented(draw: st.DrawFn, tokens: Texts) -> tuple[str, list[str]]:
    """Tokens with any space between and comments at some boundaries; and the comments."""
    pieces: list[str] = []
    comments: list[str] = []
    for token in [*draw(tokens), ""]:
        if draw(st.integers(0, 7)) == 0:
            comments.append(f'# {len(comments)} {{ c }} "')
            pieces.append(draw(GAPS) + comments[-1] + draw(st.sampled_from(["\n", "  \n", "\n\n"])))
        pieces.append(token + draw(GAPS))
    return "".join(pieces), comments
