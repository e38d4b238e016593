"""Types of expressions: what is said of each mixture that does not fit, and where."""

from pathlib import Path

import pytest

from tests.compiler.building import HEAD, build, found

POLICY = (
    HEAD
    + """
import "./m.epol"
attr a.b : bool
attr a.i : int in 0 .. 100
attr a.n : number in 0 .. 100
attr a.d : duration
attr a.m : money
attr a.s : size
attr a.e : enum { p, q }
attr a.f : enum { p, q, r }
attr a.t : set { p, q }
attr a.x : string
attr a.y : string
param level : int default 3
field tier : enum { p, q } default p
field tags : set { p, q } default { p }
field owner : string default "me"
field speed : int default 5
label phi.mrn
target ward { at local speed 7 price in $1 out $2 per 1k }
target azure { at cloud }
rule r { when VALUE deny }
"""
)
MODULE = (
    "module m\nparam allowed : set { p, q } default { p }\nparam zones : set { z } default { z }"
)


def told(folder: Path, value: str) -> list[tuple[str, str]]:
    """Name and place of each diagnostic of a condition."""
    return found(folder, POLICY.replace("VALUE", value), m=MODULE)


@pytest.mark.parametrize(
    "value",
    [
        "a.b", "not a.b", "a.i > 5", "5 < a.i", "a.i > 1.5", "a.n > a.i", "a.d > 5ms",
        "a.d * 2 > 5ms", "2 * a.d > 5ms", "a.d / 5ms > 3", "a.d / 2 > 5ms", "a.m / $0.01 > 3",
        "a.s > 1KiB", "a.e == p", "p == a.e", "a.e in { p, q }", "a.e in allowed",
        "a.e in m.allowed", "a.x in allowed", "a.t has p", 'a.x == "u"',
        'a.x in { "u", target.owner }',
        'a.x like "u*"', "target.name == ward", "ward == target.name", "target.name in { ward }",
        'target.name == "ward"', "target.at == cloud", "target.tier == a.e", "a.x == target.owner",
        "target.tags has p", "ward.up", "target.up", "ward.name == a.x", "ward.speed > level",
        "azure.tier == p", "a.i in 1 .. 5", "a.d in 1ms .. 5s",
        "a.i in { 1, level }", "min(a.i, 5) > 3", "max(a.d, 5ms) > 3ms", "if(a.b, a.i, 5) > 3",
        "if(a.b, a.b, not a.b)", "a.t == a.t", "a.i * level > 5",
        "a.i / target.speed > 1", "a.i * target.speed > 1", "found phi", "count any > 3",
        "sends phi below hash from { user, tool }", "a.x == ward", "a.i in { }", "2 * 3 > 5",
        "10 / 4 > 2.4", "-5ms < a.d", "1.5 * 2 > a.n", "min(1, 2) > 0",
    ],
)  # fmt: skip
def test_what_fits_is_accepted(tmp_path: Path, value: str) -> None:
    assert told(tmp_path, value) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a.i", ("type-mismatch", "a.i")),
        ("a.t", ("type-mismatch", "a.t")),
        ("not a.i", ("type-mismatch", "a.i")),
        ("a.b and a.i", ("type-mismatch", "a.i")),
        ("a.x or a.b", ("type-mismatch", "a.x")),
        ("if(a.i, a.b, a.b)", ("type-mismatch", "a.i")),
        ("if(a.b, a.b, a.i)", ("type-mismatch", "a.b")),
        ("if(a.b, a.d, a.i) > 5", ("type-mismatch", "if(a.b, a.d, a.i)")),
        ("if(a.b, nope, a.i) > 5", ("unknown-attribute", "nope")),
        ("a.d > 5", ("type-mismatch", "a.d > 5")),
        ("a.m + a.d > 5", ("type-mismatch", "a.m + a.d")),
        ("a.b + 5 > 5", ("type-mismatch", "a.b")),
        ("a.e + 5 > 5", ("type-mismatch", "a.e")),
        ("a.t * 5 > 5", ("type-mismatch", "a.t")),
        ("5 / a.x > 5", ("type-mismatch", "a.x")),
        ("min(a.i, a.x) > 5", ("type-mismatch", "a.x")),
        ("min(a.i, nope) > 5", ("unknown-attribute", "nope")),
        ("nope + 5 > 5", ("unknown-attribute", "nope")),
        ("nope * 5 > 5", ("unknown-attribute", "nope")),
        ("a.i * a.i > 5", ("not-constant", "a.i * a.i")),
        ("5 / a.i > 5", ("not-constant", "a.i")),
        ("a.d * 5ms > 5", ("type-mismatch", "a.d * 5ms")),
        ("5 / 5ms > 5", ("type-mismatch", "5 / 5ms")),
        ("a.i / 0 > 5", ("divisor-not-positive", "0")),
        ("a.i / -1 > 5", ("divisor-not-positive", "-1")),
        (
            "a.i * 9_000_000_000_000_000_000 > 5",
            ("number-overflow", "a.i * 9_000_000_000_000_000_000"),
        ),
        ("a.b == 5", ("type-mismatch", "a.b == 5")),
        ("a.e == a.f", ("type-mismatch", "a.e == a.f")),
        ('a.e == "p"', ("type-mismatch", 'a.e == "p"')),
        ("a.e == z", ("unknown-member", "z")),
        ("a.e == level", ("type-mismatch", "a.e == level")),
        ("z == a.e", ("unknown-member", "z")),
        ("a.t == p", ("type-mismatch", "a.t == p")),
        ("a.e < q", ("type-mismatch", "a.e < q")),
        ("a.x < a.y", ("type-mismatch", "a.x < a.y")),
        ("a.x == a.y", ("type-mismatch", "a.x == a.y")),
        ("a.b < a.b", ("type-mismatch", "a.b < a.b")),
        ("a.x == nope", ("unknown-attribute", "nope")),
        ("nope == nope", ("unknown-attribute", "nope")),
        ("target.name == wart", ("unknown-target", "wart")),
        ("target.name in { wart }", ("unknown-target", "wart")),
        ("a.i in { a.n }", ("not-constant", "a.n")),
        ("a.i in { 5ms }", ("type-mismatch", "a.i in { 5ms }")),
        ("a.t in { p }", ("type-mismatch", "a.t")),
        ("a.e in { 5 }", ("type-mismatch", "5")),
        ("a.e in { z }", ("unknown-member", "z")),
        ("nope in { p }", ("unknown-attribute", "nope")),
        ("nope in 1 .. 5", ("unknown-attribute", "nope")),
        ("a.d in 1 .. 5", ("type-mismatch", "a.d in 1 .. 5")),
        ("a.e in a.t", ("type-mismatch", "a.t")),
        ("a.e in nope", ("unknown-attribute", "nope")),
        ("a.i in allowed", ("type-mismatch", "a.i")),
        ("a.i has p", ("type-mismatch", "a.i")),
        ("nope has p", ("unknown-attribute", "nope")),
        ("a.t has z", ("unknown-member", "z")),
        ('a.i like "x"', ("type-mismatch", "a.i")),
        ('nope like "x"', ("unknown-attribute", "nope")),
        ('a.x like "x\\\\"', ("glob-invalid", '"x\\\\"')),
        ("ward", ("type-mismatch", "ward")),
        ("ward.nope == 5", ("unknown-field", "ward.nope")),
        ("target.url == a.x", ("unknown-field", "target.url")),
        ("target.price > 5", ("unknown-field", "target.price")),
        ("found nope", ("unknown-label", "nope")),
        ("count phi.mrn from usr > 3", ("unknown-word", "usr")),
        ("sends phi below hahs", ("unknown-word", "hahs")),
    ],
)
def test_what_does_not_fit_is_pointed_at(
    tmp_path: Path, value: str, expected: tuple[str, str]
) -> None:
    assert set(told(tmp_path, value)) == {expected}


@pytest.mark.parametrize(
    ("value", "help"),
    [
        ("a.i", "compare it with something"),
        ("a.t", "use `has`"),
        ("a.d > 5", "write the literal with its unit"),
        ('a.e == "p"', "members are written without quotes"),
        ("a.t == p", "ask for a member with `has`"),
        ("a.e < q", "use `==`, `!=` or `in`"),
        ("a.e == pp", "did you mean `p`?"),
        ("a.e == zzz", "its members are p, q"),
        ("a.ii > 5", "did you mean `a.i`?"),
        ("target.sped > 5", "did you mean `speed`?"),
        ("target.price > 5", "what a request costs is `target.cost`"),
        ("ward", "compare it: `target.name == ward`"),
        ("target.cost > $1", "add `import std.edge`"),
    ],
)
def test_the_cure_is_said(tmp_path: Path, value: str, help: str) -> None:
    [diagnostic] = build(tmp_path, POLICY.replace("VALUE", value), m=MODULE).diagnostics
    assert (diagnostic.help or "").startswith(help)


@pytest.mark.parametrize(
    ("lets", "expected"),
    [
        ("let p = q\nlet q = p", [("let-cycle", "p")]),
        ("let p = p", [("let-cycle", "p")]),
        ("let p = nope", [("unknown-attribute", "nope")]),
        ("let p = nope\nrule s { when p and p deny }", [("unknown-attribute", "nope")]),
        ("let p = target.at == cloud\nrule s { when p deny }", []),
        ("let l0 = a.b\n" + "\n".join(f"let l{i} = l{i - 1} and l{i - 1}" for i in range(1, 20)),
         [("expression-too-large", "l13 and l13")]),
        ("let l0 = a.b\n" + "\n".join(f"let l{i} = not l{i - 1}" for i in range(1, 110)),
         [("nesting-too-deep", "not l99")]),
    ],
)  # fmt: skip
def test_lets_are_substituted_within_limits(
    tmp_path: Path, lets: str, expected: list[tuple[str, str]]
) -> None:
    names = found(tmp_path, POLICY.replace("VALUE", "a.b") + lets, m=MODULE)
    assert names[:1] == expected[:1]
    assert {name for name, _ in names} == {name for name, _ in expected}
