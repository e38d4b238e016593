"""How far patterns are relaxed."""

from __future__ import annotations

import pytest

from epol.compiler.patterns import compile_pattern
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.rate import frequency, rate
from epol.compiler.patterns.tree import Chars

HOST = r"[\-0-9A-Za-z]"


@pytest.mark.parametrize(
    ("regex", "gate"),
    [
        # e-mail: neither how it begins nor how it ends matters, nor what is counted
        (
            r"\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}"
            r"\.[A-Za-z]{2,24}\b",
            rf"[%\+\-\.0-9A-Z_a-z]@{HOST}+(?:\.{HOST}+){{0,4}}\.[A-Za-z]{{2}}",
        ),
        # a run of one class is found fastest without its boundaries
        (r"\b[a-f0-9]{40,64}\b", "[0-9a-f]{40}"),
        (r"\bsk-(?:proj-)?[A-Za-z0-9_-]{20,200}\b", r"sk-(?:proj-)?[\-0-9A-Z_a-z]{20}"),
        ("BEGIN KEY[\\s\\S]{64,1000}END", "BEGIN KEY(?s:.){32,}END"),
        (r"key.{0,40}=\s*[a-z]{32}", r"key[^\x{a}]*=[\x{9}-\x{d} ]*[a-z]{32}"),
        (r"(?:\+\d{1,3} ?)?\(?\d{3}\)? \d{4}", r"[0-9]{3}\)? [0-9]{4}"),
        # alternatives that may be empty say nothing; others are shortened one by one
        ("(?:|a)bcx+", "bcx"),
        ("(?:wxyz+|vwxq{2,})", "wxyz|vwxq{2}"),
        ("(?:[a-z]*wxyz|q+v)zz", "(?:wxyz|qv)zz"),
        # too little would be left
        (r"\b\d{3,4}\b", r"\b[0-9]{3}"),
        (r"\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b", None),
        ("a{1,3}", "a"),
        # Hyperscan has no anchors inside a pattern
        (r"xyz\n^key", None),
        ("(?m)^xyz\\n^key$", r"(?m:^)xyz\x{a}key(?m:$)"),
        ("(?m)(?:^xyz\\n)+key", r"(?m:^)xyz\x{a}key"),
        ("(?m)(?:(?:^|-)xyz){2}key", r"(?:(?:|-)xyz){2}key"),
        # large sets and counts beyond ASCII
        ("x\\p{L}{2,20}y", r"x[^\x{0}-@\[-`\{-\x{7f}]{2,}y"),
        ("x\\P{Latin}[^\\p{Common}]y", r"x[^A-Za-z][^\x{0}-@\[-`\{-\x{7f}]y"),
        ("x[é-ü\\h]y", None),
        ("x[āăąćĉċčďđēĕėęěĝğġģĥħ]y", r"x[^\x{0}-\x{7f}]y"),
        ("x[^y]{500}y.{5,6}z", r"x[^y]{32,}y[^\x{a}]{5,6}z"),
        ("(?:x[ab]){500}y", r"(?:x[ab]){32,}y"),
        ("x[ab]{500}y", r"x[ab]{500}y"),
        # nothing to do, and nothing at all
        ("secret", "secret"),
        ("a*", "a*"),
    ],
)
def test_the_gate_keeps_what_is_rare(regex: str, gate: str | None) -> None:
    compiled = compile_pattern(regex)
    if gate is None:
        assert r"\A" not in compiled.gate
        assert compiled.gate.startswith((r"\b[0-9]{1,2}", "xyz", r"x[\x{9} \x{a0}"))
    else:
        assert compiled.gate == gate


def test_the_prose_that_rates_are_made_of_is_plausible() -> None:
    def often(regex: str) -> float:
        return rate(parse(regex))

    assert often("zqx") < often("the") < often(r"\w{3}") < often(r"\w")
    assert often(r"\b\d{3}\b") < often(r"\d{3}")
    assert often("(?:abc|abd)") > often("abc")
    assert often(".*") == 1
    assert often(r"\d-\d") > often("z-z")
    assert often("^a") < often(r"\ba")
    for regex in (r"\p{Latin}", r"\P{Greek}", r"\w"):
        node = parse(regex)
        assert isinstance(node, Chars)
        assert 0.6 < frequency(node.set) <= 1.01
